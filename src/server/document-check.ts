import type { Plugin } from 'graphql-yoga';
import type { Services } from '../context.ts';
import type { Caller } from './caller.ts';
import { isClientError } from './client-error.ts';
import type { Documents } from './documents.ts';
import { logRefusedDocument } from './operation-log.ts';

export interface DocumentCheckOptions {
  readonly documents: Documents;
  readonly services: Services;
}

/** From the text of a document to one that fits the schema, or to GRAPHQL_PARSE_FAILED or GRAPHQL_VALIDATION_FAILED. */
export function useDocumentCheck({ documents, services }: DocumentCheckOptions): Plugin<Caller> {
  return {
    onParse({ context, setParseFn }) {
      setParseFn((source: { readonly body: string } | string) =>
        documents.parse(typeof source === 'string' ? source : source.body),
      );
      return ({ result }) => {
        if (isClientError(result)) logRefusedDocument({ services, caller: context, errors: [result] });
      };
    },
    onValidate({ context, setValidationFn }) {
      setValidationFn((_schema, document) => documents.errorsOf(document));
      return ({ valid, result }) => {
        if (!valid) logRefusedDocument({ services, caller: context, errors: [...result] });
      };
    },
  };
}
