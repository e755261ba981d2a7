import { once } from 'node:events';
import { createServer as createHttpServer, request } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { isServed } from '../../src/store/embedded/folder-socket.ts';
import { connectToFolder, FolderInUseError, openFolder, openFolderStore } from '../../src/store/embedded/index.ts';
import { protocolPath } from '../../src/store/embedded/socket-protocol.ts';
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

describe('a folder whose owner is stopping', () => {
  it('is seen to be in use until the last call is over and the file is closed, and is opened by who waited', async () => {
    const folder = await openTemporaryDirectory();
    onTestFinished(folder.remove);
    const owner = await openFolderStore(folder.path, { log: silentLog });
    const through = await connected(folder.path);
    const entry = { type: 'put', key: 'a', value: Buffer.from('1') } as const;
    const { revision } = await through.commit({ compares: [], writes: [entry] });
    // Its body does not come: the owner waits for it.
    const call = request({
      socketPath: join(folder.path, 'gateway.sock'),
      path: protocolPath,
      method: 'POST',
      headers: { expect: '100-continue' },
    });
    call.on('error', () => undefined).flushHeaders();
    await once(call, 'continue');

    const closing = owner.close();
    // In another network namespace nothing else tells that it is in use.
    expect(await isServed(folder.path)).toBe(true);
    await expect(through.commit({ compares: [], writes: [entry] })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('is stopping'),
    });
    await expect(openFolderStore(folder.path, { log: silentLog })).rejects.toBeInstanceOf(FolderInUseError);
    expect(await connectToFolder(folder.path)).toBeNull();
    const opening = openFolder(folder.path, { log: silentLog });
    call.destroy();
    await closing;
    const next = await opening;
    expect((await next.status()).revision).toBe(revision);
    await through.close();
    await next.close();
    expect(await isServed(folder.path)).toBe(false);
  });
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
