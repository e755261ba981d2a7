import type { Plugin } from 'graphql-yoga';
import type { Services } from '../context.ts';
import type { Caller } from './caller.ts';
import { chosenOperation } from './chosen-operation.ts';
import { isClientError } from './client-error.ts';
import type { Documents } from './documents.ts';
import { hideSchema } from './introspection.ts';
import { logRefusedDocument } from './operation-log.ts';

export interface DocumentCheckOptions {
  readonly documents: Documents;
  readonly services: Services;
}

/** From the text of a document to one that fits the schema, or to GRAPHQL_PARSE_FAILED or GRAPHQL_VALIDATION_FAILED. */
export function useDocumentCheck({ documents, services }: DocumentCheckOptions): Plugin<Caller> {
  return {
    onParse({ context, setParseFn }) {
      setParseFn((source: { readonly body: string } | string) => {
        const document = documents.parse(typeof source === 'string' ? source : source.body, context.charge);
        // Yoga would refuse it too, and not say which operations there are. What comes by a WebSocket has no parameters here.
        if ('params' in context) chosenOperation(document, context.params.operationName ?? null);
        return document;
      });
      return ({ result }) => {
        if (isClientError(result)) logRefusedDocument({ services, caller: context, errors: [result] });
      };
    },
    onValidate({ context, setValidationFn }) {
      setValidationFn((_schema, document) => hideSchema(documents.errorsOf(document), context.viewer));
      return ({ valid, result }) => {
        if (!valid) logRefusedDocument({ services, caller: context, errors: [...result] });
      };
    },
  };
}
