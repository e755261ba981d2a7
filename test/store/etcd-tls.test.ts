import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { type EtcdServer, startEtcd } from '../support/etcd.ts';

// Good for 127.0.0.1 and for nothing else: the same certificate serves etcd and its client, and the authority's key is gone.
const path = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
const ca = readFileSync(path('ca.pem'));
const cert = readFileSync(path('cert.pem'));
const key = readFileSync(path('key.pem'));

const read = { ranges: [{ start: 'a' }] };

describe('a store over TLS', () => {
  let server: EtcdServer;
  beforeAll(async () => {
    const own = [`--cert-file=${path('cert.pem')}`, `--key-file=${path('key.pem')}`];
    const checking = ['--client-cert-auth', `--trusted-ca-file=${path('ca.pem')}`];
    server = await startEtcd({ scheme: 'https', flags: [...own, ...checking] });
  });
  afterAll(() => server.close());

  it('checks the server by the given authority, and shows its own certificate, for calls and for watches', async () => {
    const store = openEtcdStore({ endpoints: [server.url], ca, cert, key });
    const watch = await store.watch({ range: { start: 'a' } });
    const { revision } = await store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.from('1') }] });
    expect(await watch[Symbol.asyncIterator]().next()).toMatchObject({ value: { revision } });
    await store.close();
  });

  it('fails with STORE_UNAVAILABLE when no authority that it knows vouches for the server', async () => {
    const store = openEtcdStore({ endpoints: [server.url], cert, key, requestTimeoutMs: 500 });
    await expect(store.read(read)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
  });

  it('fails with STORE_UNAVAILABLE when the server asks for a certificate and there is none', async () => {
    const store = openEtcdStore({ endpoints: [server.url], ca, requestTimeoutMs: 500 });
    await expect(store.read(read)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
  });
});
