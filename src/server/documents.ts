import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import type { ClientError } from './client-error.ts';
import { DocumentCache } from './document-cache.ts';
import { parseError, validationError } from './request-error.ts';

/** Words and signs in one document. Large ones of real clients have some 2,000; to check this many takes 0.3 s at worst. */
export const documentTokenLimit = 10_000;

/** From the texts of documents to documents that fit the schema, each parsed and checked once for whoever sends it, by any way. */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #cache = new DocumentCache();
  /** Of those that are kept. */
  readonly #errors = new WeakMap<DocumentNode, readonly ClientError[]>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** Fails with GRAPHQL_PARSE_FAILED. That is not kept: it fails fast anyway, and an error belongs to one request. */
  parse(text: string): DocumentNode {
    const known = this.#cache.get(text);
    if (known !== undefined) return known;
    const document = parseWithinLimits(text);
    this.#cache.set(text, document);
    return document;
  }

  /** Why it does not fit the schema, with GRAPHQL_VALIDATION_FAILED or BAD_USER_INPUT; empty when it does. */
  errorsOf(document: DocumentNode): readonly ClientError[] {
    const known = this.#errors.get(document);
    if (known !== undefined) return known;
    const errors = this.#check(document).map(validationError);
    this.#errors.set(document, errors);
    return errors;
  }

  #check(document: DocumentNode): readonly GraphQLError[] {
    try {
      return validate(this.#schema, document);
    } catch (error) {
      return [tooDeep(error)];
    }
  }
}

function parseWithinLimits(text: string): DocumentNode {
  try {
    return parse(text, { maxTokens: documentTokenLimit });
  } catch (error) {
    throw parseError(error instanceof GraphQLError ? error : tooDeep(error));
  }
}

/** The parser and some rules call themselves for each level: the stack is their only limit. */
function tooDeep(error: unknown): GraphQLError {
  if (!(error instanceof RangeError)) throw error;
  return new GraphQLError('The document is nested too deeply');
}
