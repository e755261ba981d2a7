import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openTemporaryDirectory } from '../support/temporary-directory.ts';
import { tlsAuthorities as ca, tlsPath } from '../support/tls-fixture.ts';
import { run, startGateway } from './program.ts';

/** The body of a GET over TLS. */
function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    asked.on('error', reject).end();
  });
}

describe('serve', () => {
  it('listens by HTTPS with a certificate and its key', async () => {
    const pair = ['--tls-cert', tlsPath('cert.pem'), '--tls-key', tlsPath('key.pem')];
    const { url, program } = await startGateway(['serve', '--memory', '--no-jobs', ...pair]);
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/graphql$/);
    expect(await get(`${url}?query=${encodeURIComponent('{ __typename }')}`)).toContain('{"data":{"__typename":"Query"}');
    expect(await program.end('SIGTERM')).toMatchObject({ code: 0 });
    expect(program.stderr).not.toMatch(/BEGIN|MIG/);
  });

  it('refuses a key that is not that of the certificate', async () => {
    const pair = ['--tls-cert', tlsPath('cert.pem'), '--tls-key', tlsPath('other-key.pem')];
    const { code, stdout, stderr } = await run(['serve', '--memory', ...pair]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--tls-key: it is not the key of --tls-cert (key values mismatch)');
  });

  it('executes the operations of a folder alone, and refuses a folder in which some are wrong', async () => {
    const { path: folder, remove } = await openTemporaryDirectory();
    onTestFinished(remove);
    await mkdir(join(folder, 'guest'));
    await writeFile(join(folder, 'guest', 'count.graphql'), 'query Count { cluster { guestCount } }');
    const args = ['serve', '--memory', '--no-jobs', '--persisted-operations', folder];
    const { ask, program } = await startGateway(args);
    expect(await ask('query Count {\n cluster { guestCount } }')).toEqual({ cluster: { guestCount: 0 } });
    await expect(ask('{ __schema { queryType { name } } }')).rejects.toThrow('BAD_USER_INPUT');
    await program.end('SIGTERM');

    await writeFile(join(folder, 'a.graphql'), '{ revision }');
    await writeFile(join(folder, 'guest', 'b.graphql'), 'query B {\n  guest\n}');
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toContain('--persisted-operations: a.graphql:1:1: The operation has no name.');
    expect(stderr).toContain('--persisted-operations: guest/b.graphql:2:3: ');
  });
});
