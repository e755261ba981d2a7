import type { ServerResponse } from 'node:http';
import type { Authenticator, Viewer } from '../auth/index.ts';
import { credentialEnded } from './authentication.ts';
import type { Caller } from './caller.ts';

export interface WatchedCall {
  readonly response: ServerResponse;
  readonly authenticator: Authenticator;
  readonly viewer: Viewer;
}

/** The signals of a caller over HTTP, until its answer is out. */
export function watchCall({ response, authenticator, viewer }: WatchedCall): Pick<Caller, 'signal' | 'clientSignal'> {
  const client = new AbortController();
  const call = authenticator.isOpen ? client : new AbortController();
  const stop = authenticator.onEnd(viewer, (end) => call.abort(credentialEnded(end)));
  response.once('close', () => {
    stop();
    // The connection closed before the answer was out.
    if (response.writableFinished) return;
    client.abort();
    call.abort();
  });
  return { signal: call.signal, clientSignal: client.signal };
}
