import { Pool } from 'undici';
import type { Gateway } from '../gateway.ts';
import { excerpt, isObject, problemOfText, showsInside } from './answer.ts';

export type Accepted = 'application/json' | 'application/graphql-response+json' | '*/*' | 'text/event-stream';

export interface HostileClient {
  /** Sends a body, and throws where it is not answered as it should be. */
  post(body: string, accept: Accepted): Promise<void>;
  /** How often each status and each code came. */
  readonly seen: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

const statuses = new Set([200, 400, 403, 405, 406, 413, 415, 429, 503]);

/** Asks a gateway by several connections, which are used again and again. */
export function openHostileClient({ origin }: Gateway): HostileClient {
  const pool = new Pool(origin, { connections: 8 });
  const seen = new Map<string, number>();

  async function post(body: string, accept: Accepted): Promise<void> {
    const headers = { 'content-type': 'application/json', accept };
    const response = await pool.request({ path: '/graphql', method: 'POST', headers, body });
    const type = String(response.headers['content-type']);
    count(seen, String(response.statusCode));
    if (!statuses.has(response.statusCode)) throw new Error(`status ${response.statusCode} for ${excerpt(body)}`);
    if (type.startsWith('text/event-stream')) return readStream(response.body);
    const text = await response.body.text();
    const problem = type.includes('json') ? problemOfText(text) : `is ${type}`;
    if (problem !== null) throw new Error(`An answer ${problem}, for ${excerpt(body)}`);
    for (const code of codesOf(text)) count(seen, code);
  }

  return { post, seen, close: () => pool.close() };
}

/** The first that comes: a subscription has no end. */
async function readStream(body: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of body) {
    if (showsInside(chunk.toString())) throw new Error(`A stream shows the inside: ${excerpt(chunk.toString())}`);
    break;
  }
}

/** Of an answer that is as it should be. */
function codesOf(text: string): readonly string[] {
  const { errors = [], data } = Object(JSON.parse(text));
  const codes = errors.map(({ extensions }: { readonly extensions: { readonly code: string } }) => extensions.code);
  return isObject(data) ? [...codes, 'data'] : codes;
}

export function count(seen: Map<string, number>, what: string): void {
  seen.set(what, (seen.get(what) ?? 0) + 1);
}
