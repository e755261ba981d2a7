import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A gateway in a process of its own. */
export interface ServedGateway {
  readonly url: string;
  /** Resident memory now, in MiB. */
  residentMiB(): number;
  stop(): Promise<void>;
}

export async function serveGateway(etcdUrl: string, options: readonly string[]): Promise<ServedGateway> {
  const flags = ['serve', '--etcd', etcdUrl, '--port', '0', '--log-level', 'error', ...options];
  const child: ChildProcess = spawn('node', ['dist/main.js', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new Error('It has no standard output');
  for await (const line of createInterface(child.stdout)) {
    return {
      url: line.replace('listening on ', ''),
      residentMiB() {
        const [, kibibytes = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
        return Number(kibibytes) / 1024;
      },
      async stop() {
        child.kill('SIGTERM');
        await once(child, 'exit');
      },
    };
  }
  throw new Error('The gateway ended before it listened');
}
