/** The media types of an answer that is one JSON document. */
export const answerTypes = ['application/json', 'application/graphql-response+json'] as const;
export type AnswerType = (typeof answerTypes)[number];

/** Those that stand for one of them in `Accept`. */
const jsonRanges = new Set(['*/*', 'application/*', '*/json', 'application/json']);

/**
 * In which of them a client wants its answer: in the first that it names, as Yoga has it. Null when it names none, because it takes
 * only what comes in parts, or nothing at all.
 */
export function answerTypeOf(accept: string | null): AnswerType | null {
  for (const range of (accept || '*/*').replace(/\s/g, '').toLowerCase().split(',')) {
    const [mediaType = '', ...parameters] = range.split(';');
    const charset = parameters.find((parameter) => parameter.includes('charset='));
    if (charset !== undefined && charset !== 'charset=utf-8') continue;
    if (mediaType === 'application/graphql-response+json') return mediaType;
    if (jsonRanges.has(mediaType)) return 'application/json';
  }
  return null;
}
