/** What an agent answers to one request. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** As the agents' own encoder writes it: a line, and without the characters that HTML knows. */
export function jsonAnswer(status: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  const text = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escaped);
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: `${text}\n` };
}

export function errorAnswer(code: number, message: string): Answer {
  return jsonAnswer(code, { message, code, stack: ['(simulated agent)'] });
}

export const notFound = errorAnswer(404, 'not found');

/** For a path, or a method of it, that agents do not have. */
export const noSuchPage: Answer = {
  status: 404,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' },
  body: '404 page not found\n',
};

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
