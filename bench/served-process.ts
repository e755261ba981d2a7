import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ProbeCall, ProbeReading } from './probe.ts';

/** A server in a process of its own. */
export interface ServedProcess {
  /** Where it answers GraphQL, such as `http://127.0.0.1:4000/graphql`. */
  readonly url: string;
  /** Resident memory now, in MiB. */
  residentMiB(): number;
  /** The most that it ever had. */
  mostResidentMiB(): number;
  /** Begins to measure its event loop anew. */
  resetProbe(): Promise<void>;
  /** Since it was reset last. */
  readProbe(): Promise<ProbeReading>;
  stop(): Promise<void>;
}

/** Starts a program that prints `listening on URL` as its first line. */
export async function serveProcess(program: string, args: readonly string[]): Promise<ServedProcess> {
  const flags = ['--import', join(import.meta.dirname, 'probe.js'), program, ...args];
  const child = spawn(process.execPath, flags, {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const { stdout } = child;
  if (stdout === null) throw new Error('It has no standard output');

  async function call(message: ProbeCall): Promise<unknown> {
    const answered = once(child, 'message');
    child.send(message);
    const [answer] = await answered;
    return answer;
  }

  function memoryMiB(field: 'VmRSS' | 'VmHWM'): number {
    const [, kibibytes = '0'] =
      new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
    return Number(kibibytes) / 1024;
  }

  for await (const line of createInterface(stdout)) {
    // Who prints into a full pipe stands still.
    stdout.resume();
    return {
      url: line.replace('listening on ', ''),
      residentMiB: () => memoryMiB('VmRSS'),
      mostResidentMiB: () => memoryMiB('VmHWM'),
      async resetProbe() {
        await call('reset');
      },
      async readProbe() {
        return (await call('read')) as ProbeReading; // probe.ts answers so
      },
      async stop() {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      },
    };
  }
  throw new Error(`${program} ended before it listened`);
}
