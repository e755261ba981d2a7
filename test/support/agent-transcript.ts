import { readFileSync } from 'node:fs';

/** One request to a real agent, and what it answered. */
export interface Exchange {
  readonly title: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Null: none was sent. */
  readonly body: string | null;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The stack of an error is left out of it. */
  readonly answer: string;
}

/** What was recorded of a real agent (Mistify's, with its example of a sub-agent). */
export function readTranscript(): readonly Exchange[] {
  const text = readFileSync(new URL('../fixtures/agent-transcript.txt', import.meta.url), 'utf8');
  return text.split(/^### /m).slice(1).map(exchangeOf);
}

function exchangeOf(text: string): Exchange {
  const [title = '', request = '', statusLine = '', ...lines] = text.split('\n');
  const [, method = '', path = '', body] = /^>>> (\S+) http:\/\/[^/]+(\S+) (?:body: (.*))?$/.exec(request) ?? [];
  const end = lines.indexOf('');
  const headers = lines.slice(0, end).map((line) => line.split(': ') as [string, string]);
  return {
    title,
    method,
    path,
    body: body ?? null,
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    answer: lines[end + 1] ?? '',
  };
}
