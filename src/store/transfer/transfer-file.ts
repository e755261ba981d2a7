import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { readLines } from './line-reader.ts';

/** A file that can be read twice: once to check all of it, once to write it. */
export interface TransferFile {
  readonly bytes: number;
  /** From the beginning; null stands for a line that is too long. Fails at the end when the file was changed since it was opened. */
  lines(onBytes?: (bytes: number) => void): AsyncIterable<Buffer | null>;
  close(): Promise<void>;
}

/** Opens a file of the caller's. What is no regular file, such as a pipe, can be read only once: it is kept aside. */
export async function openTransferFile(path: string, signal: AbortSignal): Promise<TransferFile> {
  const handle = await open(path, 'r');
  try {
    const stat = await handle.stat();
    const { size, mtimeMs } = stat;
    if (stat.isDirectory()) throw new Error(`${path} is a folder`);
    if (!stat.isFile()) return await keepAside(handle.createReadStream(), signal).finally(() => handle.close());
    return transferFile(handle, size, async () => {
      const now = await handle.stat();
      if (now.size !== size || now.mtimeMs !== mtimeMs) throw new Error(`${path} was changed while it was read`);
    });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Keeps a stream in a file without a name, which is gone with this process whatever happens. */
export async function keepAside(stream: Readable, signal: AbortSignal): Promise<TransferFile> {
  const folder = await mkdtemp(join(tmpdir(), 'lochness-import-'));
  const handle = await open(join(folder, 'input'), 'wx+', 0o600).finally(() => rm(folder, { recursive: true }));
  try {
    let bytes = 0;
    for await (const chunk of addAbortSignal(signal, stream)) {
      await handle.writeFile(chunk);
      bytes += chunk.length;
    }
    return transferFile(handle, bytes, async () => undefined);
  } catch (error) {
    await handle.close();
    signal.throwIfAborted();
    throw error;
  }
}

function transferFile(handle: FileHandle, bytes: number, checkUnchanged: () => Promise<void>): TransferFile {
  return {
    bytes,
    lines: (onBytes) => readLines(chunksOf({ handle, onBytes, checkUnchanged })),
    close: () => handle.close(),
  };
}

const chunkBytes = 256 * 1024;

interface Reading {
  readonly handle: FileHandle;
  readonly onBytes: ((bytes: number) => void) | undefined;
  readonly checkUnchanged: () => Promise<void>;
}

async function* chunksOf({ handle, onBytes, checkUnchanged }: Reading): AsyncGenerator<Buffer> {
  let position = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) return await checkUnchanged();
    position += bytesRead;
    onBytes?.(position);
    yield buffer.subarray(0, bytesRead);
  }
}
