import { constants, createServer } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../../src/server/listen.ts';
import { type CallLimits, Connection } from '../../src/store/etcd/connection.ts';
import { EtcdFailure } from '../../src/store/etcd/errors.ts';
import { clientOptions, receiveLimitBytes } from '../../src/store/etcd/options.ts';
import { openWatchStream } from '../../src/store/etcd/watch-stream.ts';
import { type EtcdServer, etcdVersions, startEtcd } from '../support/etcd.ts';
import { compact } from '../support/etcd-store.ts';

const limits = (): CallLimits => ({ deadline: performance.now() + 10_000 });
const key = Buffer.from('a');

async function failureOf(work: Promise<unknown>): Promise<EtcdFailure> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EtcdFailure)) throw new Error('There was no failure', { cause: error });
  return error;
}

for (const version of etcdVersions) {
  describe(`what etcd ${version} says`, () => {
    let server: EtcdServer;
    let connection: Connection;
    beforeAll(async () => {
      server = await startEtcd({ version });
      connection = new Connection(clientOptions({ endpoints: [] }, server.url));
    });
    afterAll(async () => {
      await connection.close();
      await server.close();
    });
    const read = (revision: number) => connection.txn({ success: [{ request_range: { key, revision } }] }, limits());
    const put = async (value: string | Buffer) => {
      const { revision } = await connection.txn({ success: [{ request_put: { key, value: Buffer.from(value) } }] }, limits());
      return revision;
    };

    it('tells a compacted revision from one that does not exist yet', async () => {
      const first = await put('1');
      const second = await put('2');
      await compact(server.url, second);
      expect((await failureOf(read(first))).kind).toBe('compacted');
      expect((await failureOf(read(second + 1000))).kind).toBe('futureRevision');
    });

    it('names the oldest revision that is left when it cancels a watch', async () => {
      const first = await put('1');
      const second = await put('2');
      await compact(server.url, second);
      const stream = await openWatchStream(connection, { range: { start: 'a' }, start: first }, limits());
      expect(await failureOf(stream.next())).toMatchObject({ kind: 'compacted', oldestRevision: second });
      stream.cancel();
    });

    it('tells a lease that is not there, and one that is there already', async () => {
      const grant = () => connection.grantLease({ ID: '77', TTL: 60 }, limits());
      await grant();
      expect((await failureOf(grant())).kind).toBe('leaseExists');
      await connection.revokeLease('77', limits());
      expect((await failureOf(connection.revokeLease('77', limits()))).kind).toBe('leaseNotFound');
      const write = connection.txn({ success: [{ request_put: { key, lease: '77' } }] }, limits());
      expect((await failureOf(write)).kind).toBe('leaseNotFound');
    });

    it('refuses too many operations, and a request that is too large, without doing anything', async () => {
      const before = await put('before');
      const operations = Array.from({ length: 129 }, (_, index) => ({ request_put: { key: Buffer.from(`k${index}`) } }));
      expect((await failureOf(connection.txn({ success: operations }, limits()))).kind).toBe('refused');
      expect((await failureOf(put(Buffer.alloc(3 * 1024 * 1024)))).kind).toBe('refused');
      expect(await put('after')).toBe(before + 1);
    });

    it('sends a reply that is larger than this client takes, which is told apart', async () => {
      const count = Math.ceil(receiveLimitBytes / (1024 * 1024));
      for (let index = 0; index <= count; index++) {
        const large = { key: Buffer.from(`large/${index}`), value: Buffer.alloc(1024 * 1024) };
        await connection.txn({ success: [{ request_put: large }] }, limits());
      }
      const all = { key: Buffer.from('large/'), range_end: Buffer.from('large0') };
      expect((await failureOf(connection.txn({ success: [{ request_range: all }] }, limits()))).kind).toBe('tooLarge');
    });

    it('says that it has no space left', async () => {
      const full = await startEtcd({ version, flags: ['--quota-backend-bytes=1048576'] });
      const link = new Connection(clientOptions({ endpoints: [] }, full.url));
      const fill = async (): Promise<never> => {
        for (;;) await link.txn({ success: [{ request_put: { key, value: Buffer.alloc(200_000) } }] }, limits());
      };
      expect((await failureOf(fill())).kind).toBe('noSpace');
      expect((await failureOf(link.grantLease({ ID: '78', TTL: 60 }, limits()))).kind).toBe('noSpace');
      await link.close();
      await full.close();
    });

    it('says that a password is of no use while it asks for none', async () => {
      const asked = connection.authenticate({ name: 'root', password: 'secret' }, limits());
      expect((await failureOf(asked)).kind).toBe('authNotEnabled');
    });

    it('is silent while it is paused, and unreachable when it is gone', async () => {
      server.pause();
      const silent = await failureOf(connection.status({ deadline: performance.now() + 100 }));
      server.resume();
      expect(silent).toMatchObject({ kind: 'silent', message: 'it gave no answer in time' });
      await server.kill();
      expect((await failureOf(connection.status(limits()))).kind).toBe('unreachable');
      await server.restart();
    });
  });
}

it.each([
  ['ENHANCE_YOUR_CALM', constants.NGHTTP2_ENHANCE_YOUR_CALM],
  ['INADEQUATE_SECURITY', constants.NGHTTP2_INADEQUATE_SECURITY],
])('that HTTP/2 ends a stream with %s is no answer of etcd: nobody knows what was done', async (_name, code) => {
  const server = createServer();
  // The server's own side of it fails, too.
  server.on('stream', (stream) => stream.on('error', () => undefined).close(code));
  const { port } = await listen(server, { host: '127.0.0.1', port: 0, purpose: 'listen' });
  const connection = new Connection(clientOptions({ endpoints: [] }, `http://127.0.0.1:${port}`));
  const commit = connection.txn({ success: [{ request_put: { key, value: Buffer.from('1') } }] }, limits());
  expect((await failureOf(commit)).kind).toBe('broken');
  await connection.close();
  server.close();
});
