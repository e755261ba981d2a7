import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { type EtcdServer, startEtcd } from '../support/etcd.ts';
import { tlsPath as path, tlsText } from '../support/tls-fixture.ts';

// Good for 127.0.0.1 and for nothing else: the same certificate serves etcd and its client.
const ca = Buffer.from(tlsText('ca.pem'));
const cert = Buffer.from(tlsText('cert.pem'));
const key = Buffer.from(tlsText('key.pem'));
/** One that etcd's authority knows nothing of. */
const other = { cert: Buffer.from(tlsText('other-cert.pem')), key: Buffer.from(tlsText('other-key.pem')) };

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

  it.each([
    [
      'no authority that it knows vouches for the server',
      { cert, key },
      /no authority that is known vouches for its certificate/,
    ],
    ['the server asks for a certificate and there is none', { ca }, /demands/],
    ['the server refuses its certificate', { ca, ...other }, /refuses the client's certificate|takes no certificate/],
  ])('fails with STORE_UNAVAILABLE, and says why, when %s', async (_what, credentials, reason) => {
    const store = openEtcdStore({ endpoints: [server.url], ...credentials, requestTimeoutMs: 500 });
    const refused = { code: 'STORE_UNAVAILABLE', message: expect.stringMatching(reason) };
    await expect(store.read(read)).rejects.toMatchObject(refused);
    await store.close();
  });
});
