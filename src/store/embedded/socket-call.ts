import { type Agent, type IncomingMessage, request as openRequest } from 'node:http';
import { serialize } from 'node:v8';
import { messageOf } from '../../errors.ts';
import { type Call, decodeFrames, errorOf, protocolPath } from './socket-protocol.ts';

/** The other side is on the same machine; one that says nothing for so long is stopped or stuck. */
const silenceTimeoutMs = 30_000;

/** The call did not come to an answer. `mayHaveRun` is false when it never left this process. */
export class BrokenCallError extends Error {
  override readonly name = 'BrokenCallError';
  readonly mayHaveRun: boolean;

  constructor(message: string, options: { readonly mayHaveRun: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.mayHaveRun = options.mayHaveRun;
  }
}

export interface CallOptions {
  readonly agent: Agent;
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

/** Sends one call and yields the items of its answer. Errors of the store come out as they were thrown on the other side. */
export async function* itemsOfCall<Item>(call: Call, options: CallOptions): AsyncGenerator<Item, undefined> {
  const response = await send(call, options).catch(throwBroken);
  if (response.statusCode !== 200) {
    response.resume();
    throw new BrokenCallError('it is another version than this one', { mayHaveRun: false });
  }
  const frames = decodeFrames<Item>(response);
  let last: { readonly error: Error | null } | null = null;
  try {
    for (;;) {
      const { value: frame } = await frames.next().catch(throwBroken);
      // Only now may the connection be used again.
      if (frame === undefined) break;
      if ('item' in frame) yield frame.item;
      else last = { error: 'error' in frame ? errorOf(frame.error) : null };
    }
  } finally {
    await frames.return(undefined);
  }
  if (last === null) throw new BrokenCallError('its answer ended in the middle', { mayHaveRun: true });
  if (last.error !== null) throw last.error;
}

function throwBroken(error: unknown): never {
  const isUnsent = error instanceof Error && 'syscall' in error && error.syscall === 'connect';
  throw new BrokenCallError(messageOf(error), { mayHaveRun: !isUnsent, cause: error });
}

function send(call: Call, { agent, path, signal }: CallOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const body = serialize(call);
    const request = openRequest({
      agent,
      socketPath: path,
      path: protocolPath,
      method: 'POST',
      headers: { 'content-length': body.length },
      ...(signal === undefined ? {} : { signal }),
    });
    request.once('response', resolve);
    request.on('error', reject);
    if (call.type !== 'watch') {
      request.setTimeout(silenceTimeoutMs, () => request.destroy(new Error(`no answer within ${silenceTimeoutMs / 1000} s`)));
    }
    request.end(body);
  });
}
