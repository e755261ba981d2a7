import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { onTestFinished } from 'vitest';

const main = new URL('../../dist/main.js', import.meta.url).pathname;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

/** The built program as a process of its own, without the environment of this one. It is killed at the end of the test if it runs. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], { input, env = {} }: RunOptions = {}) {
    if (!existsSync(main)) throw new Error('There is no dist/main.js: run "npm run build" first');
    const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH ?? '', ...env } });
    this.child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    // A program that refuses its arguments does not read its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    this.ended = once(child, 'close').then(() => ({
      code: child.exitCode,
      signal: child.signalCode,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await this.ended;
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Waits until standard output, or error, holds a text; fails when the program ends before. */
  async untilSaid(pattern: RegExp, where: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    const stream = this.child[where];
    for (;;) {
      const found = pattern.exec(this[where]);
      if (found !== null) return found;
      if (stream === null || stream.readableEnded)
        throw new Error(`It ended without ${pattern}:\n${this.#stdout}${this.#stderr}`);
      await Promise.race([once(stream, 'data'), once(stream, 'end')]);
    }
  }

  end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** Runs a command to its end. */
export function run(args: readonly string[], options?: RunOptions): Promise<Ended> {
  return new Program(args, options).ended;
}

export interface RunningGateway {
  readonly program: Program;
  readonly url: string;
  ask(query: string): Promise<unknown>;
}

/** Starts `serve` or `demo` on a free port, and waits until it listens. */
export async function startGateway(args: readonly string[], options?: RunOptions): Promise<RunningGateway> {
  // All requests of a test come from one address.
  const program = new Program([...args, '--port', '0', '--requests-per-second', '0'], options);
  const [, url = ''] = await program.untilSaid(/^listening on (\S+)\n/);
  return { program, url, ask: (query) => ask(url, query) };
}

/** The data of an answer without errors. */
export async function ask(url: string, query: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const answer: { readonly data?: unknown; readonly errors?: unknown } = await response.json();
  if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}
