import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { connectToFolder, openFolderStore } from '../../src/store/embedded/index.ts';
import { OutcomeUnknownError, type Store } from '../../src/store/store.ts';
import { openTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';
import { contractHistory, openedForContract } from './embedded-opening.ts';
import { storeContract } from './store-contract.ts';

async function connected(dataDir: string): Promise<Store> {
  const store = await connectToFolder(dataDir);
  if (store === null) throw new Error('The folder is not served');
  return store;
}

storeContract('the embedded store through the socket of its folder', async () => {
  const folder = await openTemporaryDirectory();
  const served = await openFolderStore(folder.path, { log: silentLog, history: contractHistory });
  const store = await connected(folder.path);
  const close = async () => {
    await store.close();
    await served.close();
    await folder.remove();
  };
  return openedForContract(store, close, false);
});

describe('a folder whose owner does not answer', () => {
  const ranges = [{ start: 'a' }];
  let folder: TemporaryDirectory;
  let owner: Server | null = null;
  beforeEach(async () => {
    folder = await openTemporaryDirectory();
  });
  afterEach(async () => {
    owner?.close();
    owner = null;
    await folder.remove();
  });

  const listen = async (server: Server) => {
    owner = server;
    server.listen(join(folder.path, 'gateway.sock'));
    await once(server, 'listening');
  };
  const commit = (store: Store) => store.commit({ compares: [], writes: [{ type: 'delete', range: { start: 'a' } }] });

  it('leaves the outcome of a commit unknown when it breaks off after it was asked; other calls are just unavailable', async () => {
    await listen(createServer((socket: Socket) => socket.once('data', () => socket.destroy())));
    const store = await connected(folder.path);
    await expect(commit(store)).rejects.toBeInstanceOf(OutcomeUnknownError);
    await expect(store.read({ ranges })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.watch({ range: { start: 'a' } })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
  });

  it('leaves it unknown too when the answer breaks off in the middle', async () => {
    await listen(
      createHttpServer((request, response) => {
        request.resume();
        response.write(Buffer.from([0, 0, 1, 0, 1, 2, 3]), () => response.destroy());
      }),
    );
    const store = await connected(folder.path);
    await expect(commit(store)).rejects.toBeInstanceOf(OutcomeUnknownError);
    await store.close();
  });

  it('promises that a commit did not run when it could not be asked at all', async () => {
    await listen(createServer((socket: Socket) => socket.destroy()));
    const store = await connected(folder.path);
    const closed = once(owner ?? createServer(), 'close');
    owner?.close();
    await closed;
    await expect(commit(store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
  });

  it('says so when the owner is another version, which speaks another protocol', async () => {
    await listen(createHttpServer((_request, response) => response.writeHead(404).end()));
    const store = await connected(folder.path);
    await expect(commit(store)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('another version'),
    });
    await store.close();
  });
});
