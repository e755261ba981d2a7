import type { GraphQLError } from 'graphql';
import type { ClientError } from '../client-error.ts';
import { tooComplex } from './complexity-error.ts';

/**
 * Of one answer as JSON, at least. What one operation may ask for is some ten megabytes; but values in the store may be large, and the same node may
 * be asked for again and again. JSON has six characters for one at most, so what is let through is never longer than a string can be.
 */
export const answerLimit = 64 * 1024 * 1024;

/** Numbers and the like. */
const shortValue = 4;

/** Quotes, a colon and a comma. */
const signsOfField = 4;

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLError[];
}

/** Why an answer is not given, though its operation was executed; null: it is. Before there is a text of it, which alone could be too much. */
export function refusalOfAnswer({ data, errors = [] }: Answer): ClientError | null {
  let size = sizeOf(data, answerLimit);
  for (const error of errors) {
    if (size > answerLimit) break;
    const { message, path, extensions } = error;
    size += sizeOf([message, path, extensions], answerLimit - size);
  }
  if (size <= answerLimit) return null;
  return tooComplex({
    counted: `The answer has ${size} characters or more`,
    cost: size,
    limit: answerLimit,
    option: null,
    advice: 'ask for smaller pages, or for fewer fields of each item',
    wasExecuted: true,
  });
}

/** Beyond the limit it is not counted on. */
function sizeOf(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return shortValue;
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (size > limit) break;
      size += 1 + sizeOf(item, limit - size);
    }
    return size;
  }
  if (!isObject(value)) return size;
  // A list of the fields of each object would take several times as long as all of this.
  for (const key in value) {
    if (size > limit) break;
    size += key.length + signsOfField + sizeOf(value[key], limit - size);
  }
  return size;
}

function isObject(value: object): value is Readonly<Record<string, unknown>> {
  return !Array.isArray(value);
}
