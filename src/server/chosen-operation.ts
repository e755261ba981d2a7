import { type DocumentNode, GraphQLError, getOperationAST, Kind, type OperationDefinitionNode } from 'graphql';
import { inputError } from './request-error.ts';

/** The operation of a document that is asked for: by its name, or as the only one. The refusal says which ones there are. */
export function chosenOperation(document: DocumentNode, operationName: string | null): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName);
  if (operation) return operation;
  const reason = refusalReason(document, operationName);
  throw inputError(new GraphQLError(`Could not determine what operation to execute: ${reason}`));
}

function refusalReason({ definitions }: DocumentNode, operationName: string | null): string {
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operations.length === 0) return 'the document has none';
  const names = operations.flatMap(({ name }) => name?.value ?? []).join(', ');
  if (names === '') return 'those of the document have no name';
  return operationName === null ? `operationName is to be one of ${names}` : `operationName is none of ${names}`;
}
