import { type DocumentNode, GraphQLError, Kind, Lexer, Source, TokenKind } from 'graphql';
import type { LimitConfig } from '../../config/index.ts';
import type { ClientError } from '../client-error.ts';
import { tooComplex } from './complexity-error.ts';
import { documentShape } from './document-shape.ts';
import { mergeWork } from './merge-work.ts';

export type DocumentLimits = Pick<LimitConfig, 'documentBytes' | 'documentTokens' | 'depth' | 'aliases'>;

/** Fields, spreads and inline fragments of a document, with each fragment in the place of each of its spreads. */
export const selectionLimit = 20_000;

/** Levels of them, fragments that are nested without a field between them included: all that follows calls itself for each. */
export const nestingLimit = 1000;

/** Steps of comparing fields that are merged into one. As many take validation less than a tenth of a second. */
export const mergeLimit = 50_000;

/** Of any name but an operation's, in characters. An answer repeats those of fields for each item of a list, and its errors those of variables. */
export const nameLimit = 128;

/** Before anything looks into it. Fails with QUERY_TOO_COMPLEX. */
export function requireShortText(text: string, { documentBytes }: Pick<DocumentLimits, 'documentBytes'>): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= documentBytes) return;
  const counted = `The document has ${bytes} bytes`;
  throw tooComplex({ counted, cost: bytes, limit: documentBytes, option: 'documentLimitBytes' });
}

/** Before it is parsed. Fails with QUERY_TOO_COMPLEX. */
export function requireFewTokens(text: string, { documentTokens }: Pick<DocumentLimits, 'documentTokens'>): void {
  // A token has a character at least.
  if (text.length <= documentTokens) return;
  const tokens = tokenCount(text, documentTokens + 1);
  if (tokens <= documentTokens) return;
  throw tooComplex({
    counted: `The document has ${tokens} tokens or more`,
    cost: tokens,
    limit: documentTokens,
    option: 'documentTokenLimit',
  });
}

/** Up to so many, or up to the first place that is no GraphQL: the parser will say so. */
function tokenCount(text: string, most: number): number {
  const lexer = new Lexer(new Source(text));
  let count = 0;
  try {
    while (count < most && lexer.advance().kind !== TokenKind.EOF) count++;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
  }
  return count;
}

/** `AMBIGUOUS`, `CIRCULAR`: its fragments make it invalid, and keep its size from being known. */
export type DocumentJudgement = 'FITS' | 'AMBIGUOUS' | 'CIRCULAR' | ClientError;

/** Before it is validated, which takes longer than all of this, and must not take much longer. */
export function judgeDocument(document: DocumentNode, limits: DocumentLimits): DocumentJudgement {
  const nameLength = longestName(document);
  if (nameLength > nameLimit) {
    const counted = `The document has a name of ${nameLength} characters`;
    return tooComplex({ counted, cost: nameLength, limit: nameLimit, option: null });
  }
  const { depth, nesting, aliases, selections, isAmbiguous, isCircular } = documentShape(document);
  if (isAmbiguous) return 'AMBIGUOUS';
  if (isCircular) return 'CIRCULAR';
  if (depth > limits.depth) {
    return tooComplex({
      counted: `The document has ${depth} levels of fields`,
      cost: depth,
      limit: limits.depth,
      option: 'depthLimit',
    });
  }
  if (nesting > nestingLimit) {
    const counted = `The document has ${nesting} levels of fields and fragments`;
    return tooComplex({ counted, cost: nesting, limit: nestingLimit, option: null });
  }
  if (aliases > limits.aliases) {
    return tooComplex({
      counted: `The document has ${aliases} aliases`,
      cost: aliases,
      limit: limits.aliases,
      option: 'aliasLimit',
    });
  }
  if (selections > selectionLimit) {
    const counted = `The document has ${selections} fields and fragments, counted each time that they are used`;
    return tooComplex({ counted, cost: selections, limit: selectionLimit, option: null });
  }
  const work = mergeWork(document, mergeLimit);
  if (work <= mergeLimit) return 'FITS';
  const counted = `The document asks for the same fields again and again: it has ${work} pairs of them or more`;
  return tooComplex({ counted, cost: work, limit: mergeLimit, option: null });
}

/** Its length. Names are found by the tokens, whatever they stand for. Those of operations are repeated by nobody. */
function longestName({ loc, definitions }: DocumentNode): number {
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const operationNames = new Set(operations.map(({ name }) => name?.loc?.startToken));
  let longest = 0;
  for (let token = loc?.startToken; token; token = token.next ?? undefined) {
    if (token.kind === TokenKind.NAME && !operationNames.has(token)) longest = Math.max(longest, token.end - token.start);
  }
  return longest;
}
