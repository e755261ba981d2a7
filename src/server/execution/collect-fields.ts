import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';

export interface CollectOptions {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Coerced. Of them only those count that stand in `@skip` and `@include`. */
  readonly variableValues: Readonly<Record<string, unknown>>;
}

/** By the name in the answer, in the order of the answer: all nodes that ask for that field. */
export type CollectedFields = ReadonlyMap<string, readonly FieldNode[]>;

/** What is asked of an object of this type, as the specification's CollectFields has it. Fails where a directive has no value. */
export function collectFields(
  options: CollectOptions,
  type: GraphQLObjectType,
  ...selectionSets: readonly SelectionSetNode[]
): CollectedFields {
  const { schema, fragments, variableValues } = options;
  const fields = new Map<string, FieldNode[]>();
  const visited = new Set<string>();

  function isIncluded(node: SelectionNode): boolean {
    if (getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true) return false;
    return getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if !== false;
  }

  function isAbout(condition: FragmentDefinitionNode['typeCondition'] | undefined): boolean {
    if (condition === undefined) return true;
    const about = typeFromAST(schema, condition);
    return about === type || (isAbstractType(about) && schema.isSubType(about, type));
  }

  function collect({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD && visited.has(selection.name.value)) continue;
      if (!isIncluded(selection)) continue;
      switch (selection.kind) {
        case Kind.FIELD: {
          const name = (selection.alias ?? selection.name).value;
          const nodes = fields.get(name);
          if (nodes === undefined) fields.set(name, [selection]);
          else nodes.push(selection);
          break;
        }
        case Kind.INLINE_FRAGMENT:
          if (isAbout(selection.typeCondition)) collect(selection.selectionSet);
          break;
        case Kind.FRAGMENT_SPREAD: {
          visited.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment !== undefined && isAbout(fragment.typeCondition)) collect(fragment.selectionSet);
        }
      }
    }
  }

  for (const selectionSet of selectionSets) collect(selectionSet);
  return fields;
}
