import { type ChildProcess, execSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import type { Revision, Write } from '../../src/store/store.ts';
import { type EtcdServer, startEtcd } from '../support/etcd.ts';
import { compact } from '../support/etcd-store.ts';
import { freePorts } from '../support/free-port.ts';
import { guestRecord, id, jobRecord } from '../support/record.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { ask, Program, run } from './program.ts';

/** `npm run watch` compiles the example and starts it. */
const [compile = '', start = ''] = String(JSON.parse(readFileSync('package.json', 'utf8')).scripts.watch).split(' && ');

type Output = 'stdout' | 'stderr';

/** The example as a process of its own. */
class Watch {
  readonly child: ChildProcess;
  readonly #said = { stdout: '', stderr: '' };
  readonly #read = { stdout: 0, stderr: 0 };
  readonly #ended: Promise<unknown>;

  constructor(url: string, env: Readonly<Record<string, string>> = {}) {
    const [, script = ''] = start.split(' ');
    const child = spawn(process.execPath, [script, url], { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.child = child;
    for (const output of ['stdout', 'stderr'] as const) {
      child[output].setEncoding('utf8').on('data', (text: string) => {
        this.#said[output] += text;
      });
    }
    this.#ended = once(child, 'close');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await this.#ended;
    });
  }

  /** Reads on, from where it read to last, until it comes to this text. */
  async untilSaid(text: string, output: Output): Promise<void> {
    const stream = this.child[output];
    for (;;) {
      const found = this.#said[output].indexOf(text, this.#read[output]);
      if (found >= 0) {
        this.#read[output] = found + text.length;
        return;
      }
      if (stream === null || stream.readableEnded) throw new Error(`It ended without ${text}:\n${JSON.stringify(this.#said)}`);
      await Promise.race([once(stream, 'data'), this.#ended]);
    }
  }

  async end(signal?: NodeJS.Signals) {
    if (signal !== undefined) this.child.kill(signal);
    await this.#ended;
    return { code: this.child.exitCode, lines: this.#said.stdout.split('\n').slice(0, -1), stderr: this.#said.stderr };
  }
}

describe('the example that tails a cluster', () => {
  let etcd: EtcdServer;
  let port: number;
  let url: string;
  /** What it is to print. */
  let lines: string[];
  let changeCount = 0;

  beforeAll(() => {
    execSync(compile, { env: { PATH: `node_modules/.bin:${process.env.PATH}` } });
  });
  beforeEach(async () => {
    etcd = await startEtcd();
    [port = 0] = await freePorts(1);
    url = `http://127.0.0.1:${port}/graphql`;
    lines = [];
  });
  afterEach(() => etcd.close());

  /** Always at the same address. */
  async function startGateway(...args: readonly string[]): Promise<Program> {
    const program = new Program(['serve', '--no-jobs', '--etcd', etcd.url, '--port', String(port), ...args]);
    await program.untilSaid(/^listening on /);
    return program;
  }

  /** Starts it, and waits until it knows where to begin. */
  async function startWatch(address = url): Promise<Watch> {
    const watch = new Watch(address);
    await watch.untilSaid('hypervisors alive', 'stderr');
    return watch;
  }

  async function change(count: number): Promise<void> {
    for (const end = changeCount + count; changeCount < end; changeCount++) {
      const key = `test/${changeCount}`;
      const answer = await ask(url, `mutation { setConfig(key: "${key}", value: "") { entry { revision } } }`);
      lines.push(`${Object(answer).setConfig.entry.revision} CONFIG CREATED config:${key}`);
    }
  }

  /** Straight into the store, three nodes in each commit. */
  async function changeInEtcd(count: number): Promise<Revision> {
    const put = (key: string, value: string): Write => ({ type: 'put', key: `lochness/${key}`, value: Buffer.from(value) });
    // A new one each time: etcd may have been away.
    const store = openEtcdStore({ endpoints: [etcd.url] });
    let revision = 0;
    for (const end = changeCount + count; changeCount < end; changeCount++) {
      const [guest, job] = [id('c', changeCount), id('d', changeCount)];
      const writes = [
        put(`config/test/${changeCount}`, ''),
        put(`guests/${guest}/metadata`, guestRecord({ id: guest, metadata: { name: `web-${changeCount}` } })),
        put(`jobs/${job}`, jobRecord({ id: job, guest })),
      ];
      ({ revision } = await store.commit({ compares: [], writes }));
      lines.push(`${revision} CONFIG CREATED config:test/${changeCount}`);
      lines.push(`${revision} GUEST CREATED ${guest} web-${changeCount} UNPLACED`);
      lines.push(`${revision} JOB CREATED ${job} create NEW`);
    }
    await store.close();
    return revision;
  }

  const untilAllSaid = (watch: Watch) => watch.untilSaid(`${lines.at(-1)}\n`, 'stdout');

  it('prints each change once and in order, whatever is killed and started again', { timeout: 60_000 }, async () => {
    let gateway = await startGateway();
    const watch = await startWatch();
    await change(2);
    await changeInEtcd(2);
    await untilAllSaid(watch);

    await changeInEtcd(3);
    await gateway.end('SIGKILL');
    await changeInEtcd(3);
    await watch.untilSaid('ECONNREFUSED', 'stderr');
    gateway = await startGateway();
    await change(2);
    await untilAllSaid(watch);

    await changeInEtcd(2);
    expect(await gateway.end('SIGTERM')).toMatchObject({ code: 0 });
    await watch.untilSaid('SERVER_DRAINING', 'stderr');
    await changeInEtcd(2);
    gateway = await startGateway();
    await changeInEtcd(2);
    await untilAllSaid(watch);

    await changeInEtcd(3);
    await etcd.kill();
    await etcd.restart();
    await changeInEtcd(3);
    await untilAllSaid(watch);
    await change(2);

    await etcd.kill();
    await gateway.end('SIGKILL');
    gateway = await startGateway();
    await watch.untilSaid('STORE_UNAVAILABLE', 'stderr');
    await etcd.restart();
    await changeInEtcd(2);
    await untilAllSaid(watch);

    expect(await watch.end('SIGINT')).toMatchObject({ code: 0, lines });
  });

  it('goes on behind what it printed when the connection breaks in the middle of an event', async () => {
    await startGateway();
    const proxy = await startTcpProxy(port);
    onTestFinished(() => proxy.close());
    const watch = await startWatch(`${proxy.url}/graphql`);
    for (const bytes of [100, 400, 700, 1000, 1300]) {
      const cut = proxy.cutAfter('toClient', bytes);
      await changeInEtcd(2);
      await cut;
    }
    await untilAllSaid(watch);
    expect(await watch.end('SIGTERM')).toMatchObject({ code: 0, lines });
  });

  it('says so when history was compacted before it was back, and goes on with what comes', async () => {
    const gateway = await startGateway();
    const watch = await startWatch();
    await change(1);
    await untilAllSaid(watch);
    await gateway.end('SIGKILL');

    const told = lines;
    lines = [];
    await compact(etcd.url, await changeInEtcd(2));
    lines = told;
    await startGateway();
    await watch.untilSaid('REVISION_COMPACTED', 'stderr');
    await watch.untilSaid('Some changes are lost', 'stderr');
    await watch.untilSaid('hypervisors alive', 'stderr');
    await change(1);
    await changeInEtcd(1);
    await untilAllSaid(watch);
    expect(await watch.end('SIGTERM')).toMatchObject({ code: 0, lines });
  });

  it('shows the token in LOCHNESS_TOKEN where one is asked for, and ends with 1 where it is not valid', async () => {
    const made = await run(['token', 'create', '--name', 'tail', '--role', 'viewer', '--etcd', etcd.url]);
    const token = made.stdout.trim();
    await startGateway('--auth', 'token');
    const watch = new Watch(url, { LOCHNESS_TOKEN: token });
    await watch.untilSaid('hypervisors alive', 'stderr');
    await changeInEtcd(1);
    await untilAllSaid(watch);
    expect(await watch.end('SIGTERM')).toMatchObject({ code: 0, lines, stderr: expect.not.stringContaining(token) });

    for (const env of [{}, { LOCHNESS_TOKEN: `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}` }]) {
      const { code, lines: printed, stderr } = await new Watch(url, env).end();
      expect({ code, printed, stderr }).toEqual({
        code: 1,
        printed: [],
        stderr: expect.stringMatching(/^UNAUTHENTICATED: .+\n$/),
      });
      expect(stderr).not.toContain(token.slice(0, -1));
    }
  });

  it('ends with 1 and says why when asking again can not help', async () => {
    await startGateway();
    const watch = new Watch(url.replace('graphql', 'elsewhere'));
    expect(await watch.end()).toEqual({ code: 1, lines: [], stderr: expect.stringMatching(/^BAD_USER_INPUT: .+\n$/) });
  });
});
