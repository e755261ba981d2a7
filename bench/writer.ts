import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { prefix } from './sample.ts';
import type { WriterCall } from './writer-process.ts';

/** Writes guests' states from a process of its own. */
export interface Writer {
  start(): void;
  /** Resolves when all is acknowledged, to how many a second that were. */
  pause(): Promise<number>;
  stop(): Promise<void>;
}

export async function openWriter(etcdUrl: string, writesPerSecond: number): Promise<Writer> {
  const child = fork(join(import.meta.dirname, 'writer-process.js'), [etcdUrl, prefix, String(writesPerSecond)]);
  await once(child, 'message');
  const call = (message: WriterCall) => child.send(message);
  return {
    start: () => void call('start'),
    async pause() {
      const answered = once(child, 'message');
      call('stop');
      const [perSecond]: number[] = await answered;
      return perSecond ?? 0;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
