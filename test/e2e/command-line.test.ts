import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openTemporaryDirectory } from '../support/temporary-directory.ts';
import { tlsPath } from '../support/tls-fixture.ts';
import { Program, run, startGateway } from './program.ts';

const clusterFile = 'test/fixtures/cluster-a.jsonl';
const edgeFile = 'test/fixtures/edge.jsonl';
const guestCount = '{ cluster { guestCount } }';

async function temporaryFolder(): Promise<string> {
  const { path, remove } = await openTemporaryDirectory();
  onTestFinished(remove);
  return path;
}

/** What export gives for a file: all but the locks of jobs. */
async function exportedOf(file: string): Promise<string> {
  const lines = (await readFile(file, 'utf8')).split(/(?<=\n)/);
  return lines.filter((line) => !/"key":"[^"]*\.lock"/.test(line)).join('');
}

describe('the command line', () => {
  it.each(['serve', 'demo', 'simulate', 'schema', 'import', 'export', 'token create', 'token list', 'token revoke'])(
    '%s prints its help and its version',
    async (command) => {
      const help = await run([...command.split(' '), '--help']);
      expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(`Usage: lochness-gateway ${command}`) });
      const manifest: { version: string } = JSON.parse(await readFile('package.json', 'utf8'));
      expect(await run([...command.split(' '), '--version'])).toMatchObject({
        code: 0,
        stderr: '',
        stdout: `${manifest.version}\n`,
      });
    },
  );

  it('takes the files of etcd from pipes, which can be read only once', async () => {
    const pem = (name: string) => `<(cat ${tlsPath(name)})`;
    const command = `exec "$0" dist/main.js export --etcd https://127.0.0.1:1 --etcd-cert ${pem('cert.pem')} --etcd-key`;
    const ended = await promisify(execFile)('bash', ['-c', `${command} ${pem('other-key.pem')}`, process.execPath]).catch(
      (error: unknown) => error,
    );
    // What was read from both is known, and compared.
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('--etcd-key: it is not the key of --etcd-cert') });
  });

  it('schema prints schema.graphql', async () => {
    expect(await run(['schema'])).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      stdout: await readFile('schema.graphql', 'utf8'),
    });
  });

  it('names all that is wrong in one message, and exits with 2 before it listens', async () => {
    const args = ['serve', '--port', '99999', '--bogus', '--host', '0.0.0.0', '--memory', '--data-dir', 'x'];
    const { code, stdout, stderr } = await run(args, { env: { LOCHNESS_LOG_LEVEL: 'loud' } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      'lochness-gateway: 5 problems',
      '  --bogus: there is no such option',
      '  --data-dir and --memory: only one store can be used at a time',
      expect.stringMatching(/^ {2}--host: "0\.0\.0\.0" is not loopback/),
      '  --port: "99999" is no whole number from 0 to 65535',
      '  LOCHNESS_LOG_LEVEL: "loud" is none of fatal, error, warn, info, debug, trace, silent',
      'See: lochness-gateway serve --help',
      '',
    ]);
  });

  it.each([
    [[], 'no command was given'],
    [['sevre'], "unknown command 'sevre' (Did you mean serve?)"],
    [['schema', '--port', '1'], '--port: there is no such option'],
    [['import', '--memory', 'x'], '--memory: a store in memory is empty'],
  ])('%j exits with 2', async (args, problem) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`lochness-gateway: ${problem}`);
  });

  it('a file without keys for JWTs is named with its option, and not quoted', async () => {
    const file = join(await temporaryFolder(), 'jwt.pem');
    const jwt = ['--auth', 'jwt', '--jwt-issuer', 'x', '--jwt-audience', 'y', '--jwt-key-file', file];
    const refusal = async () => {
      const { code, stdout, stderr } = await run(['serve', '--memory', ...jwt]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      return stderr;
    };
    expect(await refusal()).toContain(`--jwt-key-file: can't read "${file}": there is no such file`);
    const cases = [
      [' \n', 'is empty'],
      ['-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n', 'holds a private key: give the public one'],
      ['c2VjcmV0', 'holds no public key (PEM), JWK or JWKS'],
      ['{"kty":"c2VjcmV0"}', 'holds a JWK that is no public key'],
    ] as const;
    for (const [content, reason] of cases) {
      await writeFile(file, content);
      const stderr = await refusal();
      expect(stderr).toContain(`--jwt-key-file: "${file}" ${reason}`);
      expect(stderr).not.toContain('c2VjcmV0');
    }
  });
});

describe('serve', () => {
  it('prints the one line that says where it listens, logs to standard error, and ends with 0 on SIGTERM', async () => {
    const { program, url, ask } = await startGateway(['serve', '--memory']);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+\/graphql$/);
    expect(await ask(guestCount)).toEqual({ cluster: { guestCount: 0 } });
    const { code, stdout, stderr } = await program.end('SIGTERM');
    expect({ code, stdout }).toEqual({ code: 0, stdout: `listening on ${url}\n` });
    const messages = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).msg);
    expect(messages).toEqual(expect.arrayContaining(['listening', 'operation', 'draining', 'stopped']));
    await expect(fetch(url)).rejects.toThrow();
  });

  it('takes its options from the environment too, and warns of what looks like one', async () => {
    const env = { LOCHNESS_MEMORY: 'true', LOCHNESS_HOST: '::1', LOCHNESS_DEBUG_EXTENSIONS: 'true', LOCHNESS_PROT: '1' };
    const { program, url } = await startGateway(['serve'], { env });
    expect(url).toMatch(/^http:\/\/\[::1\]:/);
    expect(program.stderr).toContain('LOCHNESS_PROT is set, but no option reads it');
  });

  it('fails with 1 on a port that is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, stdout, stderr } = await run(['serve', '--memory', '--port', String(port)]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      `lochness-gateway: Port ${port} of 127.0.0.1 is in use; stop what listens there, or choose another --port\n`,
    );
  });

  it('refuses a folder that another one serves, with 1', async () => {
    const dataDir = await temporaryFolder();
    const { ask } = await startGateway(['serve', '--data-dir', dataDir]);
    for (const command of ['serve', 'demo']) {
      const { code, stdout, stderr } = await run([command, '--data-dir', dataDir, '--port', '0']);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(`The folder ${dataDir} is in use`);
    }
    expect(await ask(guestCount)).toEqual({ cluster: { guestCount: 0 } });
  });

  it('keeps what was acknowledged when it is killed', async () => {
    const dataDir = await temporaryFolder();
    const first = await startGateway(['serve', '--no-jobs', '--data-dir', dataDir]);
    expect(await run(['import', clusterFile, '--data-dir', dataDir])).toMatchObject({ code: 0 });
    const before = await first.ask('{ cluster { guestCount hypervisorCount } }');
    expect((await first.program.end('SIGKILL')).signal).toBe('SIGKILL');
    const second = await startGateway(['serve', '--no-jobs', '--data-dir', dataDir]);
    expect(await second.ask('{ cluster { guestCount hypervisorCount } }')).toEqual(before);
    expect((await second.program.end('SIGTERM')).code).toBe(0);
    expect((await run(['export', '--data-dir', dataDir])).stdout).toBe(await exportedOf(clusterFile));
  });

  it('waits on SIGTERM for a request that is under way, and on a second signal for nothing', async () => {
    const { program, url } = await startGateway(['serve', '--memory']);
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    onTestFinished(() => {
      socket.destroy();
    });
    socket.on('error', () => undefined);
    const half = '{"query":"{ revision }"';
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 24\r\nExpect: 100-continue\r\n\r\n`,
    );
    // The server has the request, and waits for the rest of its body.
    await once(socket, 'data');
    socket.write(half);
    program.child.kill('SIGTERM');
    await program.untilSaid(/"msg":"draining"/, 'stderr');
    expect(await program.end('SIGINT')).toMatchObject({ code: 130, signal: null });
  });
});

describe('import and export', () => {
  it.each([clusterFile, edgeFile])('%s comes back from a folder byte for byte', async (file) => {
    const dataDir = join(await temporaryFolder(), 'new');
    const imported = await run(['import', file, '--data-dir', dataDir]);
    expect(imported).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(
        /^lochness-gateway: wrote [0-9]+ keys at revision [0-9]+, [0-9]+ of them under a lease of 120 s\n$/,
      ),
    });
    const exported = await run(['export', '--data-dir', dataDir]);
    expect(exported.code).toBe(0);
    expect(exported.stderr).toMatch(/^lochness-gateway: exported [0-9]+ keys at revision [0-9]+\n$/);
    expect(exported.stdout).toBe(await exportedOf(file));
  });

  it('go through the gateway that serves the folder', async () => {
    const dataDir = await temporaryFolder();
    const { ask, program } = await startGateway(['serve', '--no-jobs', '--data-dir', dataDir]);
    const input = await readFile(clusterFile);
    expect(await run(['import', '-', '--data-dir', dataDir], { input })).toMatchObject({ code: 0 });
    expect(await ask('{ guests(first: 0) { totalCount } }')).toEqual({ guests: { totalCount: 12 } });
    expect((await run(['export', '--data-dir', dataDir])).stdout).toBe(await exportedOf(clusterFile));
    expect((await program.end('SIGTERM')).code).toBe(0);
  });

  it('refuse, merge and replace', async () => {
    const dataDir = await temporaryFolder();
    expect(await run(['import', clusterFile, '--data-dir', dataDir])).toMatchObject({ code: 0 });
    const refused = await run(['import', edgeFile, '--data-dir', dataDir]);
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('Give --merge to write over them, or --replace'),
    });
    expect((await run(['export', '--data-dir', dataDir])).stdout).toBe(await exportedOf(clusterFile));
    expect(await run(['import', edgeFile, '--data-dir', dataDir, '--merge'])).toMatchObject({ code: 0 });
    const merged = (await run(['export', '--data-dir', dataDir])).stdout;
    const both = `${await exportedOf(clusterFile)}${await exportedOf(edgeFile)}`;
    expect(merged.split('\n').sort()).toEqual(both.split('\n').sort());
    expect(await run(['import', edgeFile, '--data-dir', dataDir, '--replace'])).toMatchObject({ code: 0 });
    expect((await run(['export', '--data-dir', dataDir])).stdout).toBe(await exportedOf(edgeFile));
  });

  it('refuse a broken file with its lines, and replace nothing by nothing', async () => {
    const dataDir = await temporaryFolder();
    const input = '{"key":"lochness/a","value":"1","lease":false}\nnonsense\n';
    const broken = await run(['import', '-', '--data-dir', dataDir], { input });
    expect(broken).toMatchObject({ code: 1, stdout: '' });
    expect(broken.stderr).toContain("A line of the file can't be imported. Nothing was written.\n  line 2: it is not JSON");
    expect(await run(['import', '-', '--data-dir', dataDir, '--replace'], { input: '' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The file is empty'),
    });
    expect(await run(['import', '/not/there', '--data-dir', dataDir])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('/not/there'),
    });
  });

  it('export makes no folder where there is none', async () => {
    const dataDir = join(await temporaryFolder(), 'missing');
    expect(await run(['export', '--data-dir', dataDir])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`The folder ${dataDir} holds no store`),
    });
  });

  it('export ends without a word when nobody reads on', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'large.jsonl');
    const line = (index: number) => JSON.stringify({ key: `lochness/config/${index}`, value: 'x'.repeat(1000), lease: false });
    await writeFile(file, Array.from({ length: 3000 }, (_, index) => `${line(index)}\n`).join(''));
    expect(await run(['import', file, '--data-dir', folder])).toMatchObject({ code: 0 });
    const program = new Program(['export', '--data-dir', folder]);
    await program.untilSaid(/\n/);
    program.child.stdout?.destroy();
    expect(await program.ended).toMatchObject({ code: 141, stderr: '' });
  });
});

describe('demo', () => {
  const counts = '{ cluster { hypervisorCount aliveHypervisorCount guestCount } brokenRecords { key } }';

  it('serves a sample cluster, and prints where and a first query that works', async () => {
    const { program, url, ask } = await startGateway(['demo', '--quiet']);
    const [, path = '', query = ''] = await program.untilSaid(
      /curl -s '(\S+)' -H 'content-type: application\/json' \\\n *-d '(.*)'\n/,
    );
    expect(path).toBe(url);
    const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: query });
    expect(await answer.json()).toMatchObject({
      data: { cluster: { hypervisorCount: 6, aliveHypervisorCount: 5, guestCount: 40 }, guests: { nodes: { length: 3 } } },
    });
    expect(await ask(counts)).toMatchObject({ brokenRecords: [] });
    expect(await program.end('SIGINT')).toMatchObject({ code: 0, stderr: '' });
  });

  it('makes a cluster of the size that was asked for, in a folder, and keeps it there', async () => {
    const dataDir = await temporaryFolder();
    const first = await startGateway(['demo', '--quiet', '--hypervisors', '30', '--guests', '300', '--data-dir', dataDir]);
    const made = { cluster: { hypervisorCount: 30, aliveHypervisorCount: 29, guestCount: 300 }, brokenRecords: [] };
    expect(await first.ask(counts)).toEqual(made);
    expect((await first.program.end('SIGKILL')).signal).toBe('SIGKILL');
    const second = await startGateway(['demo', '--quiet', '--hypervisors', '3', '--guests', '3', '--data-dir', dataDir]);
    await second.program.untilSaid(/The cluster that was there already is served/);
    expect(await second.ask(counts)).toEqual(made);
  });

  it('that is ended while it makes a cluster ends with 0', async () => {
    const program = new Program(['demo', '--guests', '100000', '--hypervisors', '1000', '--log-level', 'info', '--port', '0']);
    await once(program.child, 'spawn');
    await program.untilSaid(/making the sample cluster/, 'stderr');
    expect(await program.end('SIGTERM')).toMatchObject({ code: 0, stdout: '' });
  });
});
