import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoFragmentCyclesRule,
  parse,
  Source,
  UniqueFragmentNamesRule,
  validate,
} from 'graphql';
import type { Caller } from './caller.ts';
import { type ClientError, isClientError } from './client-error.ts';
import { DocumentCache } from './document-cache.ts';
import { type DocumentLimits, defaultLimits, judgeDocument, requireFewTokens, requireShortText } from './limits/index.ts';
import { parseError, validationError } from './request-error.ts';

/** By which alone a document is validated whose size can't be known: all rules could take for ever. */
const brokenRules = { AMBIGUOUS: UniqueFragmentNamesRule, CIRCULAR: NoFragmentCyclesRule } as const;

/** From the texts of documents to documents that fit the schema, each parsed and checked once for whoever sends it, by any way. */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #limits: DocumentLimits;
  readonly #cache = new DocumentCache();
  /** Of those that are in use. */
  readonly #errors = new WeakMap<DocumentNode, readonly ClientError[]>();
  /** Of those that are not kept yet. */
  readonly #texts = new WeakMap<DocumentNode, string>();

  constructor(schema: GraphQLSchema, limits: DocumentLimits = defaultLimits) {
    this.#schema = schema;
    this.#limits = limits;
  }

  /** How many are kept. */
  get size(): number {
    return this.#cache.size;
  }

  /**
   * Fails with GRAPHQL_PARSE_FAILED, QUERY_TOO_COMPLEX, or what is charged for looking at one that is not known. That is not kept: it fails
   * fast anyway, and an error belongs to one request.
   */
  parse(text: string, charge?: Caller['charge']): DocumentNode {
    const known = this.#cache.get(text);
    if (known !== undefined) return known;
    requireShortText(text, this.#limits);
    // To count, to parse and to validate a character takes at most as long as a unit of cost.
    const refused = charge?.(text.length) ?? null;
    if (refused !== null) throw refused;
    requireFewTokens(text, this.#limits);
    const { document, judgement } = this.#parseWithinLimits(text);
    if (judgement === 'FITS') this.#texts.set(document, text);
    else this.#errors.set(document, this.#check(document, [brokenRules[judgement]]));
    return document;
  }

  /**
   * Why it does not fit the schema, with GRAPHQL_VALIDATION_FAILED or BAD_USER_INPUT; empty when it does. Only what fits is kept: who sends
   * nonsense does not push out what others ask again and again.
   */
  errorsOf(document: DocumentNode): readonly ClientError[] {
    const known = this.#errors.get(document);
    if (known !== undefined) return known;
    const errors = this.#check(document);
    this.#errors.set(document, errors);
    const text = this.#texts.get(document);
    if (errors.length === 0 && text !== undefined) this.#cache.set(text, document);
    return errors;
  }

  #parseWithinLimits(text: string): { readonly document: DocumentNode; readonly judgement: 'FITS' | keyof typeof brokenRules } {
    try {
      const source = new Source(text);
      const document = parse(source);
      // For each error, graphql counts the lines before it in this text: a thousand errors at the end of a long one took it seconds. What
      // clients are told of is where a token is (client-error.ts), which knows that.
      source.body = '';
      const judgement = judgeDocument(document, this.#limits);
      if (typeof judgement !== 'string') throw judgement;
      return { document, judgement };
    } catch (error) {
      if (isClientError(error)) throw error;
      throw parseError(error instanceof GraphQLError ? error : tooDeep(error));
    }
  }

  #check(document: DocumentNode, rules?: Parameters<typeof validate>[2]): readonly ClientError[] {
    try {
      return validate(this.#schema, document, rules).map(validationError);
    } catch (error) {
      return [validationError(tooDeep(error))];
    }
  }
}

/** The parser and some rules call themselves for each level: the stack is their only limit. */
function tooDeep(error: unknown): GraphQLError {
  if (!(error instanceof RangeError)) throw error;
  return new GraphQLError('The document is nested too deeply');
}
