import type { Readable, Writable } from 'node:stream';

/** The streams of a process. Results go to `stdout`, everything else to `stderr`. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/** Whoever read our output has closed it, as `head` does: no mistake of anybody's, and nothing is left to say. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}

/** Writes a part of the result, and waits until it is taken: a result is made no faster than it is read. */
export function printResult({ stdout }: Terminal, text: string, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const interrupt = () => reject(signal?.reason);
    signal?.addEventListener('abort', interrupt);
    stdout.write(text, (error) => {
      signal?.removeEventListener('abort', interrupt);
      if (error == null) resolve();
      else reject('code' in error && error.code === 'EPIPE' ? new OutputClosedError('Nobody reads it', { cause: error }) : error);
    });
  });
}

export function printMessage({ stderr }: Terminal, message: string): void {
  stderr.write(`lochness-gateway: ${message}\n`);
}
