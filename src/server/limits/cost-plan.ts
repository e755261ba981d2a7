import {
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  valueFromASTUntyped,
} from 'graphql';
import { defaultPageSize } from '../../resolvers/page-window.ts';
import { type CostRun, evaluated, highest, product, shared, sum } from './cost.ts';
import { fragmentsOf } from './document-shape.ts';
import { type AnyField, givenArguments } from './given-argument.ts';
import { costOfField, isPaged, searchedBy, sizeByArgument, sizeOfPage, weightOfArguments, weightOfSearch } from './list-size.ts';
import { conditional, nothing, type SelectionCost, together } from './selection-cost.ts';

/** A commit, and what it takes to decide on it. */
export const mutationWeight = 1000;

export type CostPlan = (variables: Readonly<Record<string, unknown>> | null | undefined) => number;

export interface CostPlanOptions {
  readonly schema: GraphQLSchema;
  /** Valid: its fields are there, and its fragments have no circles. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Of the lists of introspection, by `__Type.fields`. */
  readonly introspection: ReadonlyMap<string, number>;
}

/**
 * Puts together once what an operation costs, as a function of its variables; as a number, where it has none that count. Selections that are
 * used in several places are looked at once for each type that they are used on.
 */
export function costPlanOf({ schema, document, operation, introspection }: CostPlanOptions): CostPlan {
  const fragments = fragmentsOf(document);
  const known = new Map<SelectionSetNode, Map<GraphQLObjectType, SelectionCost>>();

  function costOfSet(set: SelectionSetNode, type: GraphQLObjectType): SelectionCost {
    const byType = known.get(set) ?? new Map<GraphQLObjectType, SelectionCost>();
    known.set(set, byType);
    let cost = byType.get(type);
    if (cost === undefined) {
      cost = together(set.selections.map((selection) => conditional(selection.directives, costOfSelection(selection, type))));
      cost = { own: shared(cost.own), perItem: shared(cost.perItem) };
      byType.set(type, cost);
    }
    return cost;
  }

  function costOfSelection(selection: SelectionSetNode['selections'][number], type: GraphQLObjectType): SelectionCost {
    if (selection.kind === Kind.FIELD) return costOfNode(selection, type);
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    if (fragment === undefined) return nothing;
    const { typeCondition, selectionSet } = fragment;
    if (typeCondition && !fits(typeCondition.name.value, type)) return nothing;
    return costOfSet(selectionSet, type);
  }

  function fits(condition: string, type: GraphQLObjectType): boolean {
    if (condition === type.name) return true;
    const wanted = schema.getType(condition);
    return isAbstractType(wanted) && schema.isSubType(wanted, type);
  }

  function costOfNode(node: FieldNode, parent: GraphQLObjectType): SelectionCost {
    const field = fieldOf(node.name.value, parent);
    // Only `__typename` has no definition.
    if (field === undefined) return { own: 1, perItem: 0 };
    const isMutation = parent === schema.getMutationType();
    const { weight = isMutation ? mutationWeight : 0, size, each = 0 } = costOfField(field);
    const given = givenArguments(field, node);
    // A mutation looks at them once. Those that say how long a list is are counted with it.
    const own = isMutation || typeof size === 'object' ? 1 + weight : sum([1 + weight, weightOfArguments(given)]);
    const inner = costOfType(field, node);
    if (!isListType(getNullableType(field.type))) {
      const page = isPaged(field) ? sizeOfPage(given) : defaultPageSize;
      const search = isPaged(field) ? weightOfSearch(given, searchedBy(parent, schema.getQueryType())) : 0;
      return { own: sum([own, search, inner.own, product(page, inner.perItem)]), perItem: each };
    }
    const item = sum([1 + each, inner.own, product(defaultPageSize, inner.perItem)]);
    if (size === 'PAGE') return { own, perItem: item };
    const count =
      typeof size === 'object'
        ? sizeByArgument(size, given)
        : (size ?? introspection.get(`${parent.name}.${field.name}`) ?? defaultPageSize);
    return { own: sum([own, product(count, item)]), perItem: 0 };
  }

  function fieldOf(name: string, parent: GraphQLObjectType): AnyField | undefined {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    return name === TypeMetaFieldDef.name ? TypeMetaFieldDef : parent.getFields()[name];
  }

  /** Of an object that may be of several types: as much as the most expensive one. */
  function costOfType(field: AnyField, { selectionSet }: FieldNode): SelectionCost {
    const type = getNamedType(field.type);
    if (selectionSet === undefined) return nothing;
    if (isObjectType(type)) return costOfSet(selectionSet, type);
    if (!isAbstractType(type)) return nothing;
    const costs = schema.getPossibleTypes(type).map((possible) => costOfSet(selectionSet, possible));
    return { own: highest(costs.map(({ own }) => own)), perItem: highest(costs.map(({ perItem }) => perItem)) };
  }

  const root = schema.getRootType(operation.operation) ?? schema.getRootType(OperationTypeNode.QUERY);
  const cost = isObjectType(root) ? costOfSet(operation.selectionSet, root).own : 0;
  if (typeof cost === 'number') return () => cost;
  const defaults = defaultsOf(operation);
  return (variables) => {
    const given = { ...defaults, ...variables };
    const run: CostRun = { variable: (name) => given[name], known: new Map() };
    return evaluated(cost, run);
  };
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  for (const { variable, defaultValue } of variableDefinitions) {
    if (defaultValue !== undefined) defaults[variable.name.value] = valueFromASTUntyped(defaultValue);
  }
  return defaults;
}
