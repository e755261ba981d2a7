import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { connectToFolder, FolderInUseError, openFolder, openFolderStore } from '../../src/store/embedded/index.ts';
import type { Store } from '../../src/store/store.ts';
import { openTemporaryDirectory, type TemporaryDirectory } from '../support/temporary-directory.ts';

type Message =
  | { type: 'opened' }
  | { type: 'refused'; code: string; message: string }
  | { type: 'acknowledged'; number: number; revision: number }
  | {
      type: 'filled';
      before: number;
      full: (number | string)[];
      keysWhenFull: number;
      revisionWhenFull: number;
      freed: (number | string)[];
      keysWhenFreed: number;
    };

/** A process that has a store open in a folder; see embedded-child.mjs. */
class Child {
  readonly process: ChildProcess;
  readonly messages: Message[] = [];

  constructor(task: 'hold' | 'commit' | 'fill', dataDir: string) {
    this.process = fork(join(import.meta.dirname, 'embedded-child.mjs'), [task, dataDir], { execArgv: [], stdio: 'pipe' });
    this.process.on('message', (message: Message) => this.messages.push(message));
  }

  /** The first message of a type; fails when the process ends without one. */
  async message<Type extends Message['type']>(type: Type): Promise<Extract<Message, { type: Type }>> {
    for (;;) {
      const found = this.messages.find((message): message is Extract<Message, { type: Type }> => message.type === type);
      if (found !== undefined) return found;
      if (this.hasEnded) throw new Error(`The child ended without "${type}": ${JSON.stringify(this.messages.at(-1))}`);
      await Promise.race([once(this.process, 'message'), once(this.process, 'exit')]);
    }
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** kill -9; resolves when the process is gone and all that it had sent was received. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const closed = once(this.process, 'close');
    this.process.kill('SIGKILL');
    await closed;
  }

  async stop(): Promise<void> {
    const closed = once(this.process, 'close');
    this.process.send('stop');
    await closed;
  }
}

const options = { log: silentLog };
const everything = { start: '\x00', end: '\xff' };

async function valuesOf(store: Store, start: string, end: string): Promise<Map<string, { value: string; modRevision: number }>> {
  const { results } = await store.read({ ranges: [{ start, end }] });
  const entries = results[0]?.entries ?? [];
  return new Map(entries.map(({ key, value, modRevision }) => [key, { value: value.toString(), modRevision }]));
}

function put(store: Store, key: string, value: string) {
  return store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from(value) }] });
}

describe('the folder of an embedded store', () => {
  let folder: TemporaryDirectory;
  let children: Child[] = [];
  const start = (task: 'hold' | 'commit' | 'fill') => {
    const child = new Child(task, folder.path);
    children.push(child);
    return child;
  };
  beforeEach(async () => {
    folder = await openTemporaryDirectory();
  });
  afterEach(async () => {
    await Promise.all(children.map((child) => child.kill()));
    children = [];
    await folder.remove();
  });

  it('holds every commit that was acknowledged, each whole, after kill -9 in the middle of them; revisions go on', async () => {
    const acknowledged = new Map<number, number>();
    for (let round = 1; round <= 3; round++) {
      const child = start('commit');
      while (child.messages.length < 150 * round) await once(child.process, 'message');
      await child.kill();

      const newest = Math.max(0, ...acknowledged.values());
      for (const message of child.messages) {
        if (message.type !== 'acknowledged') continue;
        expect(message.revision).toBeGreaterThan(newest);
        acknowledged.set(message.number, message.revision);
      }

      const store = await openFolderStore(folder.path, options);
      const left = await valuesOf(store, 'left/', 'left0');
      const right = await valuesOf(store, 'right/', 'right0');
      expect(left.size).toBe(right.size);
      for (const [key, { value, modRevision }] of left)
        expect(right.get(key.replace('left', 'right'))).toEqual({ value, modRevision });
      for (const [number, revision] of acknowledged) {
        const found = left.get(`left/${number}`);
        expect(found?.value).toBe(String(number));
        expect(found?.modRevision).toBeGreaterThanOrEqual(revision);
      }
      const { revision } = await store.status();
      expect(revision).toBeGreaterThanOrEqual(Math.max(...acknowledged.values()));
      expect((await put(store, 'next', '')).revision).toBe(revision + 1);
      await store.close();
    }
  });

  it('is refused to a second process while the first lives, and free right after its kill -9', async () => {
    const first = start('hold');
    await first.message('opened');
    const second = start('hold');
    const { code, message } = await second.message('refused');
    expect(code).toBe('STORE_UNAVAILABLE');
    expect(message).toContain(folder.path);
    await expect(openFolderStore(folder.path, options)).rejects.toBeInstanceOf(FolderInUseError);

    await first.kill();
    const store = await openFolderStore(folder.path, options);
    await expect(start('hold').message('refused')).resolves.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
    await start('hold').message('opened');
  });

  it('goes to exactly one of several processes that ask for it at once', async () => {
    const contenders = Array.from({ length: 5 }, () => start('hold'));
    await Promise.all(contenders.map((child) => Promise.race([child.message('opened'), child.message('refused')])));
    const answers = contenders.map((child) => child.messages[0]?.type);
    expect(answers.filter((answer) => answer === 'opened')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'refused')).toHaveLength(4);
  });

  it('is used through the process that has it open, and opened once that has stopped', async () => {
    const child = start('hold');
    await child.message('opened');
    const through = await openFolder(folder.path, options);
    const { revision } = await put(through, 'a', 'written through the socket');
    await through.close();
    await child.stop();

    expect(await connectToFolder(folder.path)).toBeNull();
    const store = await openFolder(folder.path, options);
    const { results } = await store.read({ ranges: [everything] });
    expect(results[0]?.entries.map((entry) => [entry.key, entry.value.toString(), entry.modRevision])).toEqual([
      ['a', 'written through the socket', revision],
    ]);
    await store.close();
  });

  it('fails the calls and watches of others in bounded time when the process that has it open is killed', async () => {
    const child = start('hold');
    await child.message('opened');
    const through = await openFolder(folder.path, options);
    const { revision } = await put(through, 'a', '1');
    const watch = await through.watch({ range: everything });
    const unavailable = { code: 'STORE_UNAVAILABLE' };
    const watching = expect(watch[Symbol.asyncIterator]().next()).rejects.toMatchObject(unavailable);
    child.process.kill('SIGSTOP');
    const reading = expect(through.read({ ranges: [everything] })).rejects.toMatchObject(unavailable);
    await child.kill();
    await Promise.all([watching, reading]);
    await expect(through.read({ ranges: [everything] })).rejects.toMatchObject(unavailable);
    expect(await through.status()).toEqual({ kind: 'embedded', version: null, healthy: false, revision });
    await through.close();
  });

  it('refuses commits that do not fit on the disk, shows nothing of them, and takes commits again when there is room', async () => {
    const child = start('fill');
    const filled = await child.message('filled');
    const written = filled.full.filter((outcome) => typeof outcome === 'number');
    const refused = filled.full.filter((outcome) => outcome === 'STORE_UNAVAILABLE');
    expect(refused.length).toBeGreaterThan(0);
    expect(written.length + refused.length).toBe(20);
    expect(filled.keysWhenFull).toBe(2 * written.length);
    expect(filled.revisionWhenFull).toBe(filled.before + written.length);
    // The revisions of the refused commits were shown to nobody, so they are given again.
    expect(filled.freed).toEqual(Array.from({ length: 20 }, (_, index) => filled.revisionWhenFull + 1 + index));
    expect(filled.keysWhenFreed).toBe(40);
    await child.kill();

    const store = await openFolderStore(folder.path, options);
    expect((await valuesOf(store, 'full/', 'full0')).size).toBe(40);
    expect((await store.status()).revision).toBe(filled.revisionWhenFull + 20);
    await store.close();
  });
});
