import { type DocumentNode, GraphQLError, parse, type Source } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Logger } from '../log.ts';
import type { Caller } from './caller.ts';
import { logRefusedDocument } from './operation-log.ts';
import { parseError, validationError } from './request-error.ts';

/** Words and signs in one document. Large ones of real clients have some 2,000; to check this many takes 0.3 s at worst. */
export const documentTokenLimit = 10_000;

/** From the text of a document to one that fits the schema, or to GRAPHQL_PARSE_FAILED or GRAPHQL_VALIDATION_FAILED. */
export function useDocumentCheck({ log }: { readonly log: Logger }): Plugin<Caller> {
  return {
    onParse({ context, setParseFn }) {
      setParseFn(parseWithinLimits);
      return ({ result, replaceParseResult }) => {
        if (!(result instanceof GraphQLError)) return;
        const error = parseError(result);
        replaceParseResult(error);
        logRefusedDocument({ log, caller: context, errors: [error] });
      };
    },
    onValidate({ context, validateFn, setValidationFn }) {
      setValidationFn((...document) => {
        try {
          return validateFn(...document);
        } catch (error) {
          return [tooDeep(error)];
        }
      });
      return ({ valid, result, setResult }) => {
        if (valid) return;
        const errors = [...result].map(validationError);
        setResult(errors);
        logRefusedDocument({ log, caller: context, errors });
      };
    },
  };
}

function parseWithinLimits(source: string | Source): DocumentNode {
  try {
    return parse(source, { maxTokens: documentTokenLimit });
  } catch (error) {
    throw error instanceof GraphQLError ? error : tooDeep(error);
  }
}

/** The parser and some rules call themselves for each level: the stack is their only limit. */
function tooDeep(error: unknown): GraphQLError {
  if (!(error instanceof RangeError)) throw error;
  return new GraphQLError('The document is nested too deeply');
}
