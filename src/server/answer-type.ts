/** The media types of an answer that is one JSON document. */
export const answerTypes = ['application/json', 'application/graphql-response+json'] as const;
export type AnswerType = (typeof answerTypes)[number];

/** Those that stand for one of them in `Accept`. */
const jsonRanges = new Set(['*/*', 'application/*', '*/json', 'application/json']);

/** The media types of an answer that comes in parts. */
const partTypes = new Set(['text/event-stream', 'text/*', 'multipart/mixed', 'multipart/*']);

/**
 * In which of them a client wants its answer: in the first that it names, as Yoga has it. Null when it names none, because it takes
 * only what comes in parts, or nothing at all.
 */
export function answerTypeOf(accept: string | null): AnswerType | null {
  for (const mediaType of mediaTypesIn(accept)) {
    if (mediaType === 'application/graphql-response+json') return mediaType;
    if (jsonRanges.has(mediaType)) return 'application/json';
  }
  return null;
}

/**
 * Whether a client takes any answer at all. It is asked before the operation runs, not after it: a mutation whose answer nobody can read
 * must not happen.
 */
export function isAnswerReadable(accept: string | null): boolean {
  return answerTypeOf(accept) !== null || mediaTypesIn(accept).some((mediaType) => partTypes.has(mediaType));
}

/** Those in UTF-8, spelled as Yoga spells it. */
function mediaTypesIn(accept: string | null): readonly string[] {
  const ranges = (accept || '*/*').replace(/\s/g, '').toLowerCase().split(',');
  return ranges.flatMap((range) => {
    const [mediaType = '', ...parameters] = range.split(';');
    const charset = parameters.find((parameter) => parameter.includes('charset='));
    return charset === undefined || charset === 'charset=utf-8' ? [mediaType] : [];
  });
}
