import { errorCodes } from '../../../src/errors.ts';
import { showsSecret } from './known-credential.ts';

/** What shows the inside of the gateway: a stack, or where its code lies. */
const inside = /(\n|\\n)\s+at |node_modules|\/src\/|file:\/\/|\.[cm]?[jt]s:\d/;

/** What is answered to those only who are let in: data, or what is wrong with a document. */
const forKnown = /"data":\s*\{|GRAPHQL_\w+_FAILED/;

const known = new Set<unknown>(errorCodes);
known.delete('INTERNAL_SERVER_ERROR');

/** The inside, or a credential. */
export function showsInside(text: string): boolean {
  return inside.test(text) || showsSecret(text);
}

export function tellsData(text: string): boolean {
  return forKnown.test(text);
}

/** What is wrong with an answer of GraphQL, as text; null when nothing is. */
export function problemOfText(text: string): string | null {
  if (showsInside(text)) return `shows the inside of the gateway: ${excerpt(text)}`;
  const answer = parsed(text);
  // Several operations in one request are answered by a list.
  const problems = Array.isArray(answer) ? answer.map(problemOf) : [answer === undefined ? 'is no JSON' : problemOf(answer)];
  const problem = problems.find((found) => found !== null) ?? null;
  return problem === null ? null : `${problem}: ${excerpt(text)}`;
}

/** The same of one that is parsed. */
export function problemOf(answer: unknown): string | null {
  if (!isObject(answer)) return 'is no object';
  const { data, errors, extensions, ...others } = answer;
  if (Object.keys(others).length > 0) return `has the members ${Object.keys(others).join()}`;
  if (data !== undefined && data !== null && !isObject(data)) return 'has data that are no object';
  if (extensions !== undefined && !isObject(extensions)) return 'has extensions that are no object';
  if (errors === undefined) return isObject(data) ? null : 'has neither data nor errors';
  return problemOfErrors(errors);
}

export function problemOfErrors(errors: unknown): string | null {
  if (!Array.isArray(errors) || errors.length === 0) return 'has no errors in its list of errors';
  for (const error of errors) {
    if (!isObject(error)) return 'has an error that is no object';
    if (typeof error.message !== 'string' || error.message === '') return 'has an error without a message';
    const code = isObject(error.extensions) ? error.extensions.code : undefined;
    if (!known.has(code)) return `has an error with the code ${String(code)}`;
  }
  return null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const longest = 3_000;

/** As much of a text as a message can bear. */
export function excerpt(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}...`;
}
