import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EtcdVersion, findEtcd } from './etcd-binary.ts';
import { freePorts } from './free-port.ts';

export { type EtcdVersion, etcdVersions } from './etcd-binary.ts';

export interface EtcdOptions {
  /** Absent: whichever etcd is found first. */
  readonly version?: EtcdVersion;
  /** Kept at the end when it is given; else a temporary one, removed by `close`. */
  readonly dataDir?: string;
  /** For clients; absent: a free one. */
  readonly port?: number;
  /** More flags of etcd, such as `--max-txn-ops=1`. */
  readonly flags?: readonly string[];
  /** `https` when the flags ask for TLS. */
  readonly scheme?: 'http' | 'https';
}

/** A real etcd of one member on the loopback interface. */
export interface EtcdServer {
  /** For clients, such as `http://127.0.0.1:23790`. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Ends it in good order (SIGTERM); data and port stay its own. */
  stop(): Promise<void>;
  /** Ends it in the middle of whatever it does (SIGKILL). */
  kill(): Promise<void>;
  /** SIGSTOP: its connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Starts it again on the same data and port, and waits until it is ready; ends it first when it runs. */
  restart(): Promise<void>;
  /** Ends it and removes its temporary files. */
  close(): Promise<void>;
}

const readyTimeoutMs = 20_000;
const portAttempts = 5;
const stopTimeoutMs = 2000;

/** Starts a server and waits until it answers. */
export async function startEtcd(options: EtcdOptions = {}): Promise<EtcdServer> {
  const binary = await findEtcd(options.version);
  const temporary = mkdtempSync(join(tmpdir(), 'lochness-etcd-'));
  for (let attempt = 1; ; attempt++) {
    const [client = 0, peer = 0, metrics = 0] = await freePorts(3);
    const member = new Member({ ...options, binary, temporary, ports: { client: options.port ?? client, peer, metrics } });
    try {
      await member.restart();
      return member;
    } catch (error) {
      await member.kill();
      const lostRace = options.port === undefined && error instanceof PortInUseError;
      if (!lostRace || attempt === portAttempts) {
        await member.close();
        throw error;
      }
    }
  }
}

interface MemberOptions extends EtcdOptions {
  readonly binary: string;
  readonly temporary: string;
  readonly ports: { readonly client: number; readonly peer: number; readonly metrics: number };
}

/** Between the choice of a free port and etcd's start another process took it. */
class PortInUseError extends Error {}

class Member implements EtcdServer {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly #options: MemberOptions;
  readonly #log: string;
  #process: ChildProcess | null = null;
  #guard: ChildProcess | null = null;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.port = options.ports.client;
    this.url = `${options.scheme ?? 'http'}://127.0.0.1:${this.port}`;
    this.dataDir = options.dataDir ?? join(options.temporary, 'data');
    this.#log = join(options.temporary, 'etcd.log');
  }

  async restart(): Promise<void> {
    await this.stop();
    const log = openSync(this.#log, 'w');
    const child = spawn(this.#options.binary, this.#flags(), { stdio: ['ignore', log, log], env: {} });
    closeSync(log);
    this.#process = child;
    this.#guard = guard(child, this.#options.temporary);
    await this.#untilReady(child);
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  pause(): void {
    const child = this.#process;
    if (child?.pid === undefined) return;
    child.kill('SIGSTOP');
    waitUntilStopped(child.pid);
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#options.temporary, { recursive: true, force: true });
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    this.#process = null;
    if (!hasEnded(child)) {
      const ended = once(child, 'exit');
      child.kill(signal);
      // A paused process takes no SIGTERM before it goes on.
      child.kill('SIGCONT');
      await ended;
    }
    this.#guard?.kill('SIGKILL');
  }

  #flags(): string[] {
    const { ports, flags = [] } = this.#options;
    const peerUrl = `http://127.0.0.1:${ports.peer}`;
    return [
      `--data-dir=${this.dataDir}`,
      `--listen-client-urls=${this.url}`,
      `--advertise-client-urls=${this.url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      `--listen-metrics-urls=http://127.0.0.1:${ports.metrics}`,
      '--logger=zap',
      // A member that is alone need not wait to hear from others: it is ready in 0.1 s instead of 1.5 s.
      '--heartbeat-interval=10',
      '--election-timeout=100',
      // Tests lose nothing when the machine dies. Not known to 3.4.
      ...(this.#options.version === '3.5' ? ['--unsafe-no-fsync'] : []),
      ...flags,
    ];
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const health = `http://127.0.0.1:${this.#options.ports.metrics}/health`;
    const deadline = Date.now() + readyTimeoutMs;
    while (!(await isHealthy(health))) {
      if (!hasEnded(child) && Date.now() < deadline) {
        await pause(20);
        continue;
      }
      const log = readFileSync(this.#log, 'utf8');
      if (log.includes('address already in use')) throw new PortInUseError(`A port of ${this.url} is in use`);
      throw new Error(`etcd did not get ready at ${this.url}. The end of its log:\n${log.split('\n').slice(-20).join('\n')}`);
    }
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    return JSON.stringify(await response.json()).includes('"health":"true"');
  } catch {
    return false;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/**
 * Ends a server, and removes its temporary files, when this process is gone, however it went: then the pipe to the guard closes.
 * A test runner kills its workers, and an 'exit' listener is not called then.
 */
function guard({ pid }: ChildProcess, temporary: string): ChildProcess {
  const script = 'read -r _; kill -9 "$1"; rm -rf "$2"';
  const watchman = spawn('sh', ['-c', script, 'sh', String(pid), temporary], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchman.unref();
  return watchman;
}

/** The signal is sent at once, but each thread stops a little later, and would still answer until then. */
function waitUntilStopped(pid: number): void {
  const deadline = Date.now() + stopTimeoutMs;
  const states = () =>
    readdirSync(`/proc/${pid}/task`).map((thread) => {
      const status = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      // The state follows the name, which is in parentheses and may itself hold some.
      return status.charAt(status.lastIndexOf(')') + 2);
    });
  while (!states().every((state) => state === 'T')) {
    if (Date.now() > deadline) throw new Error(`Process ${pid} did not stop within ${stopTimeoutMs} ms`);
  }
}
