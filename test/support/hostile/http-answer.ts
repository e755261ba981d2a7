import { excerpt, problemOfText, showsInside, tellsData } from './answer.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What an answer without a body has as its status. */
const empty = new Set([204, 304]);
const fine = new Set([200, 204, 302, 304, 400, 401, 403, 404, 405, 406, 408, 413, 414, 415, 417, 426, 429, 431, 503]);

/** The answers in what came over a connection, in order; a message where they are none. `isHead` says whether the request at that place was a HEAD. */
export function answersIn(received: Buffer, isHead: (index: number) => boolean): readonly HttpAnswer[] | string {
  const answers: HttpAnswer[] = [];
  // One character a byte, so that lengths are what they say.
  let rest = received.toString('latin1');
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return `has no end of its head: ${excerpt(rest)}`;
    const [start = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) [\w ]*$/.exec(start)?.[1]);
    if (!Number.isInteger(status)) return `has no status: ${excerpt(start)}`;
    const fields = lines.map((line) => /^([\w-]+): ([^\r\n]*)$/.exec(line));
    if (fields.includes(null)) return `has a header that is none: ${excerpt(lines.join())}`;
    const headers = new Map(fields.map((field): [string, string] => [field?.[1]?.toLowerCase() ?? '', field?.[2] ?? '']));
    rest = rest.slice(end + 4);
    // "100 Continue" comes before an answer.
    if (status === 100) continue;
    const length = empty.has(status) || isHead(answers.length) ? 0 : bodyLength(headers, rest);
    if (rest.length < length) return `is cut: ${excerpt(rest)}`;
    const sent = rest.slice(0, length);
    const body = Buffer.from(headers.has('transfer-encoding') ? unchunked(sent) : sent, 'latin1').toString();
    rest = rest.slice(length);
    answers.push({ status, headers, body });
  }
  return answers;
}

function bodyLength(headers: ReadonlyMap<string, string>, rest: string): number {
  const length = headers.get('content-length');
  if (length !== undefined) return Number(length);
  if (headers.get('transfer-encoding') !== 'chunked') return 0;
  // A stream, which is read no further than it came: its end is that of its last chunk, or the connection's.
  if (rest.startsWith('0\r\n\r\n')) return 5;
  const end = rest.indexOf('\r\n0\r\n\r\n');
  return end < 0 ? rest.length : end + 7;
}

/** As far as it came. */
function unchunked(text: string): string {
  let content = '';
  for (let rest = text; ; ) {
    const end = rest.indexOf('\r\n');
    const length = Number.parseInt(rest.slice(0, end), 16);
    if (end < 0 || !(length > 0)) return content;
    content += rest.slice(end + 2, end + 2 + length);
    rest = rest.slice(end + 4 + length);
  }
}

/** What is wrong with an answer, as text; null when nothing is. `isRight` says whether the request had a right credential. */
export function problemOfHttp({ status, headers, body }: HttpAnswer, isRight: boolean): string | null {
  if (!fine.has(status)) return `has the status ${status}`;
  if (isRight && (status === 401 || status === 429)) return `refuses a right credential with ${status}`;
  if (!isRight && tellsData(body)) return `tells nobody what is there: ${excerpt(body)}`;
  if (showsInside(body)) return `shows the inside of the gateway: ${excerpt(body)}`;
  // Node's own, to what it can't read.
  if (body === '' && !headers.has('x-request-id')) return headers.get('connection') === 'close' ? null : 'does not close';
  const type = headers.get('content-type');
  if (type === undefined) return body === '' ? null : 'has no type';
  const isHealth = body.startsWith('{"status":');
  return type.includes('json') && body !== '' && !isHealth ? problemOfText(body) : null;
}
