import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EtcdServer, startEtcd } from '../support/etcd.ts';
import { enableAuthentication, etcdRoot } from '../support/etcd-user.ts';
import { openEventSource } from '../support/sse-client.ts';
import { openTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';
import { tlsPath as path, tlsText } from '../support/tls-fixture.ts';
import { run, startGateway } from './program.ts';

const user = { user: 'gateway', password: 'not so secret', prefix: 'lochness/' };
const clusterFile = 'test/fixtures/cluster-a.jsonl';

// One whom etcd lets do anything may hide a key that the gateway asks for beyond its prefix: this user has the prefix alone.
describe('the command line on an etcd that demands a certificate and a password', () => {
  let etcd: EtcdServer;
  let folder: TemporaryDirectory;
  /** All that is needed. */
  let flags: Readonly<Record<string, string>>;

  beforeAll(async () => {
    folder = await openTemporaryDirectory();
    const own = [`--cert-file=${path('cert.pem')}`, `--key-file=${path('key.pem')}`];
    etcd = await startEtcd({ scheme: 'https', flags: [...own, '--client-cert-auth', `--trusted-ca-file=${path('ca.pem')}`] });
    const [rootCertificate, certChain, privateKey] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => Buffer.from(tlsText(name)));
    if (rootCertificate === undefined || certChain === undefined || privateKey === undefined)
      throw new Error('A file is missing');
    await enableAuthentication(etcd.url, user, { credentials: { rootCertificate, certChain, privateKey } });
    await writeFile(join(folder.path, 'password'), `${user.password}\n`);
    await writeFile(join(folder.path, 'wrong'), 'guessed password\n');
    flags = {
      etcd: etcd.url,
      'etcd-ca': path('ca.pem'),
      'etcd-cert': path('cert.pem'),
      'etcd-key': path('key.pem'),
      'etcd-user': user.user,
      'etcd-password-file': join(folder.path, 'password'),
    };
  });

  afterAll(async () => {
    await etcd.close();
    await folder.remove();
  });

  function args(changed: Readonly<Record<string, string | null>> = {}): readonly string[] {
    return Object.entries({ ...flags, ...changed }).flatMap(([name, value]) => (value === null ? [] : [`--${name}`, value]));
  }

  const secret = new RegExp([user.password, etcdRoot.password, 'guessed password', 'BEGIN', 'MIG'].join('|'));

  it('imports, serves, mutates, tells, and exports, with rights on its prefix alone', async () => {
    expect(await run(['import', clusterFile, '--lease-seconds', '60', ...args()])).toMatchObject({ code: 0 });
    const { ask, url, program } = await startGateway(['serve', ...args()]);
    expect(await ask('{ guests(first: 0) { totalCount } cluster { store { kind healthy } } }')).toEqual({
      guests: { totalCount: 12 },
      cluster: { store: { kind: 'etcd', healthy: true } },
    });
    const events = await openEventSource(url, { query: 'subscription { changes(kinds: [NETWORK]) { kind } }' });
    expect(await ask('mutation { createNetwork(input: { metadata: { name: "web" } }) { network { metadata } } }')).toMatchObject({
      createNetwork: { network: { metadata: { name: 'web' } } },
    });
    expect(await events.next()).toMatchObject({ data: { changes: { kind: 'NETWORK' } } });
    events.cut();
    expect(await program.end('SIGTERM')).toMatchObject({ code: 0 });
    expect(program.stderr).not.toMatch(secret);
    expect(program.stderr).not.toMatch(/permission denied|etcd refuses/);
    const exported = await run(['export', ...args()]);
    expect(exported).toMatchObject({ code: 0, stdout: expect.stringContaining('"web') });
    expect(exported.stderr).not.toMatch(secret);
  });

  it('fails, says why, and names no secret, without the right credentials', async () => {
    const other = { 'etcd-cert': path('other-cert.pem'), 'etcd-key': path('other-key.pem') };
    const cases = [
      [args({ 'etcd-password-file': join(folder.path, 'wrong') }), /authentication failed/],
      [args({ 'etcd-user': null, 'etcd-password-file': null }), /permission denied|user name is empty|invalid auth/],
      [args({ prefix: 'other/' }), /permission denied/],
      [args({ 'etcd-cert': null, 'etcd-key': null }), /demands/],
      [args(other), /refuses the client's certificate|takes no certificate/],
      [args({ 'etcd-ca': path('other-cert.pem') }), /no authority that is known vouches for its certificate/],
    ] as const;
    await Promise.all(
      cases.map(async ([given, reason]) => {
        const { code, stdout, stderr } = await run(['export', ...given]);
        expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(reason)]);
        expect(stderr).not.toMatch(secret);
      }),
    );
  });

  it('is not ready, and says why in its log alone, while etcd refuses it', async () => {
    const wrong = args({ 'etcd-password-file': join(folder.path, 'wrong') });
    const { url, program } = await startGateway(['serve', '--no-jobs', ...wrong]);
    const ready = await fetch(new URL('/ready', url));
    expect(ready.status).toBe(503);
    const text = await ready.text();
    expect(JSON.parse(text).reason).toBe('The etcd store refuses what this gateway asks: its log says why');
    expect(text).not.toMatch(secret);
    await program.untilSaid(/authentication failed/, 'stderr');
    const { stdout, stderr } = await program.end('SIGTERM');
    expect(stdout + stderr).not.toMatch(secret);
  });

  it('refuses a key that is not that of its certificate, before it connects', async () => {
    const broken = join(folder.path, 'broken.pem');
    await copyFile(path('key.pem'), broken);
    await writeFile(broken, tlsText('key.pem').replace(/\n[^-].{8}/, '\nAAAAAAAA'));
    const wrong = args({ 'etcd-key': path('other-key.pem') });
    for (const command of ['serve', 'export']) {
      const { code, stderr } = await run([command, ...wrong]);
      expect([code, stderr]).toEqual([2, expect.stringContaining('--etcd-key: it is not the key of --etcd-cert')]);
    }
    const { code, stderr } = await run(['export', ...args({ 'etcd-key': broken })]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--etcd-key: what is in the file can't be used")]);
    expect(stderr).not.toMatch(secret);
  });
});
