/**
 * Tails a cluster in the terminal, a line for each change of a node:
 *
 *     npm run --silent watch -- http://127.0.0.1:4000/graphql
 *
 * Gateways and stores restart, and connections break. So it remembers the cursor of the event that it printed last and goes on
 * behind it: nothing is printed twice, and nothing is left out. Events go to standard output, all else to standard error.
 *
 * A gateway that asks for a credential gets the token or the JWT in LOCHNESS_TOKEN. One with a certificate that Node does not know is
 * trusted by NODE_EXTRA_CA_CERTS.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createClient, type FormattedExecutionResult } from 'graphql-ws';
import { WebSocket } from 'ws';

const url = new URL(process.argv[2] ?? 'http://127.0.0.1:4000');
if (url.pathname === '/') url.pathname = '/graphql';
const token = process.env.LOCHNESS_TOKEN?.trim();
const credential: Readonly<Record<string, string>> = token ? { authorization: `Bearer ${token}` } : {};
const shortestPauseMs = 200;
const longestPauseMs = 5_000;
const pingEveryMs = 10_000;
/** A gateway that says nothing for so long, although it is pinged, is taken for dead. */
const longestSilenceMs = 20_000;
/** What is wrong with such a request, or with its credential, stays wrong, however often it is sent. */
const fatalCodes = ['BAD_USER_INPUT', 'FORBIDDEN', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'UNAUTHENTICATED'];
/** What the protocol has for a credential that is not valid. */
const unauthorized = 4401;

const overview = '{ revision cluster { guestCount aliveHypervisorCount hypervisorCount } }';
const changes = `
  subscription Changes($after: EventCursor!) {
    changes(after: $after) {
      type kind id cursor revision
      node { ... on Guest { name state } ... on Job { action status } }
    }
  }`;

interface Overview {
  readonly revision: string;
  readonly cluster: Readonly<Record<'guestCount' | 'aliveHypervisorCount' | 'hypervisorCount', number>>;
}

interface Change extends Readonly<Record<'type' | 'kind' | 'id' | 'cursor' | 'revision', string>> {
  /** Null for a node that was deleted, and for one whose record can't be read. */
  readonly node: Readonly<Record<string, string | null>> | null;
}

/** All that happened up to here is printed. Null: it does not know yet where to begin. */
let cursor: string | null = null;
let pauseMs = shortestPauseMs;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());
// Whoever read the output went away, as `head` does.
process.stdout.on('error', () => stop.abort());

/** Says how the cluster is, and returns the revision of that answer: changes behind it are all that it does not know of. */
async function lookAround(): Promise<string> {
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(longestSilenceMs)]);
  const headers = { 'content-type': 'application/json', ...credential };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: overview }), signal });
  const { data, errors }: { readonly data: Overview; readonly errors?: unknown } = JSON.parse(await response.text());
  if (errors) throw errors;
  const { guestCount, aliveHypervisorCount, hypervisorCount } = data.cluster;
  say(`revision ${data.revision}: ${guestCount} guests, ${aliveHypervisorCount} of ${hypervisorCount} hypervisors alive`);
  return data.revision;
}

/** Prints what happens behind a cursor, until something ends it. */
function printChanges(after: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = createClient({
      url: url.href.replace(/^http/, 'ws'),
      webSocketImpl: Socket,
      connectionParams: credential,
      keepAlive: pingEveryMs,
      // The client would send this `after` again, and get again what was printed since.
      retryAttempts: 0,
      // After a close with code 1000 it would do so all the same, as long as somebody listens.
      on: { closed: () => stopListening() },
    });
    const sink = { next: print, error: reject, complete: resolve };
    const stopListening = client.subscribe<{ changes: Change }>({ query: changes, variables: { after } }, sink);
  });
}

/** Breaks off when the gateway is silent, be it from the first moment on, and when the program is to end. */
class Socket extends WebSocket {
  constructor(address: string, protocols: string) {
    super(address, protocols);
    const breakOff = () => this.terminate();
    const watchdog = setTimeout(breakOff, longestSilenceMs);
    stop.signal.addEventListener('abort', breakOff);
    this.on('message', () => watchdog.refresh());
    this.once('close', () => {
      clearTimeout(watchdog);
      stop.signal.removeEventListener('abort', breakOff);
    });
  }
}

function print({ data, errors }: FormattedExecutionResult<{ changes: Change }>): void {
  if (!data) throw errors;
  const { type, kind, id, revision, node } = data.changes;
  const parts = [revision, kind, type, id, ...Object.values(node ?? {})].filter((part) => part !== null);
  // Names are free text. What a terminal would obey must not reach it.
  process.stdout.write(`${parts.join(' ').replace(/\p{C}/gu, '?')}\n`);
  cursor = data.changes.cursor;
  pauseMs = shortestPauseMs;
}

/** GraphQL's errors come as an array; what happened to the connection as an Error, or as an event of the socket. */
function cope(failure: unknown): void {
  const { message, cause, code: closeCode, reason, extensions } = Object(Array.isArray(failure) ? failure[0] : failure);
  const { code, resumeAfter } = Object(extensions);
  const closed = `the socket was closed with ${[closeCode, reason].filter(Boolean).join(': ')}`;
  say([code, cause?.message || message || closed].filter(Boolean).join(': '));
  if (fatalCodes.includes(code) || closeCode === unauthorized) {
    process.exitCode = 1;
    stop.abort();
  }
  if (code === 'REVISION_COMPACTED') say('Some changes are lost; beginning again with what is there now');
  cursor = code === 'REVISION_COMPACTED' ? null : (resumeAfter ?? cursor);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

while (!stop.signal.aborted) {
  try {
    cursor ??= await lookAround();
    await printChanges(cursor);
  } catch (failure) {
    if (!stop.signal.aborted) cope(failure);
  }
  await pause(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
  pauseMs = Math.min(pauseMs * 2, longestPauseMs);
}
