import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runCommandLine } from '../../src/commands/command-line.ts';
import { type EtcdServer, startEtcd } from '../support/etcd.ts';
import { openTemporaryDirectory } from '../support/temporary-directory.ts';
import { run, startGateway } from './program.ts';

const clusterFile = 'test/fixtures/cluster-a.jsonl';
const hypervisorId = '00000000-0000-4000-8000-000000000000';

/** Runs a command in this process: a new one for each would take most of the time. What is logged goes elsewhere. */
async function command(...argv: string[]) {
  const written = { stdout: '', stderr: '' };
  const into = (name: keyof typeof written) =>
    new Writable({
      write(chunk, _, done) {
        written[name] += String(chunk);
        done();
      },
    });
  const terminal = { stdin: Readable.from([]), stdout: into('stdout'), stderr: into('stderr') };
  const code = await runCommandLine([...argv, '--log-level', 'warn'], terminal);
  return { code, ...written };
}

async function temporaryFolder(): Promise<string> {
  const { path, remove } = await openTemporaryDirectory();
  onTestFinished(remove);
  return path;
}

/** How a gateway answers whoever shows this token. */
async function statusFor(url: string, token: string): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{"query":"{ cluster { guestCount } }"}',
  });
  await response.text();
  return response.status;
}

/** The lines of the table, each as its cells. */
async function listed(store: readonly string[]): Promise<readonly (readonly string[])[]> {
  const { code, stdout, stderr } = await command('token', 'list', ...store);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
}

/** Makes a token, sees a gateway take it, revokes it, sees the gateway refuse it. */
async function wholeLife(store: readonly string[], url: string): Promise<void> {
  const made = await run(['token', 'create', '--name', 'the ci', '--role', 'viewer', '--expires-days', '30', ...store]);
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^lgw_[A-Za-z0-9_-]{43}\n$/) });
  const token = made.stdout.trim();
  expect(made.stderr).toContain('made a token for viewer "the ci"; it is shown only now, and it expires at 20');
  expect(made.stderr).not.toContain(token);
  const [head, ...rows] = await listed(store);
  expect(head).toEqual(['ID', 'NAME', 'ROLE', 'HYPERVISOR', 'CREATED', 'EXPIRES', 'STATE']);
  const row = rows.find(([, name]) => name === 'the ci') ?? [];
  expect(row.slice(1, 4)).toEqual(['the ci', 'viewer', '-']);
  expect(row.at(-1)).toBe('valid');
  expect(await statusFor(url, token)).toBe(200);
  const revoked = await command('token', 'revoke', row[0] ?? '', ...store);
  expect(revoked).toMatchObject({ code: 0, stdout: '', stderr: `lochness-gateway: revoked the token ${row[0]}\n` });
  expect(await listed(store)).toEqual([head, ...rows.filter((other) => other !== row)]);
  // The gateway hears of it in the moment in which its watch tells.
  while ((await statusFor(url, token)) !== 401) expect(await statusFor(url, token)).not.toBe(500);
}

describe('the token commands', () => {
  it('work on a data folder, which the first token makes, before a gateway runs there and while it does', async () => {
    const dataDir = join(await temporaryFolder(), 'new');
    const store = ['--data-dir', dataDir];
    for (const words of [['list'], ['revoke', 'abc']]) {
      const { code, stderr } = await command('token', ...words, ...store);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('holds no store') });
    }
    await expect(stat(dataDir)).rejects.toThrow('ENOENT');
    const first = (await command('token', 'create', '--name', 'root', '--role', 'admin', ...store)).stdout.trim();
    // A token is no cluster: an import may begin one beside it.
    expect(await command('import', clusterFile, ...store)).toMatchObject({ code: 0 });
    const { url } = await startGateway(['serve', '--auth', 'token', '--no-jobs', ...store]);
    expect(await statusFor(url, first)).toBe(200);
    await wholeLife(store, url);
    expect(await statusFor(url, first)).toBe(200);
    expect((await command('export', ...store)).stdout).not.toContain('gateway/tokens');
  });

  it('say what is wrong, all together, and make nothing', async () => {
    const store = ['--data-dir', join(await temporaryFolder(), 'new')];
    const { code, stdout, stderr } = await command('token', 'create', '--role', 'agent', '--expires-days', '0', 'x', ...store);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      'lochness-gateway: 4 problems',
      '  "x": nothing is expected here',
      '  --name: it is missing',
      '  --role: agent needs --hypervisor too',
      '  --expires-days: "0" is no whole number from 1 to 3650',
      'See: lochness-gateway token create --help',
      '',
    ]);
    await command('token', 'create', '--name', 'a', '--role', 'viewer', ...store);
    const agent = ['--name', 'hv', '--role', 'agent', '--hypervisor', hypervisorId];
    const unknown = await command('token', 'create', ...agent, ...store);
    expect(unknown).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`There is no hypervisor ${hypervisorId}`),
    });
    expect(await listed(store)).toHaveLength(2);
    const missing = await command('token', 'revoke', 'abc', ...store);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no token abc under lochness/') });
  });
});

describe('the token commands on etcd', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd.close());

  it('reach every gateway at once', async () => {
    const store = ['--etcd', etcd.url];
    const [one, other] = await Promise.all(
      ['replica', 'direct'].map((reads) => startGateway(['serve', '--auth', 'token', '--no-jobs', '--reads', reads, ...store])),
    );
    await wholeLife(store, one?.url ?? '');
    await wholeLife(store, other?.url ?? '');
    const elsewhere = await command('token', 'create', '--name', 'a', '--role', 'admin', '--prefix', 'other/', ...store);
    expect(await statusFor(one?.url ?? '', elsewhere.stdout.trim())).toBe(401);
  });
});
