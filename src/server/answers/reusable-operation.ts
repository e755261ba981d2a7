import {
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { atDirectiveName } from '../../schema/index.ts';
import { isVolatile } from '../volatile-field.ts';

/** Which operations are answered the same whenever they are asked at the same revision. Looked at once for each document. */
export function openReusableOperations(
  schema: GraphQLSchema,
): (document: DocumentNode, operation: OperationDefinitionNode) => boolean {
  const known = new WeakMap<DocumentNode, boolean>();

  function hasVolatileField(document: DocumentNode): boolean {
    let found = false;
    const types = new TypeInfo(schema);
    const Field = (): void => {
      const field = types.getFieldDef();
      if (field && isVolatile(field)) found = true;
    };
    visit(document, visitWithTypeInfo(types, { Field }));
    return found;
  }

  return (document, { operation, directives = [] }) => {
    if (operation !== OperationTypeNode.QUERY || directives.some(({ name }) => name.value === atDirectiveName)) return false;
    let isSteady = known.get(document);
    if (isSteady === undefined) {
      isSteady = !hasVolatileField(document);
      known.set(document, isSteady);
    }
    return isSteady;
  };
}
