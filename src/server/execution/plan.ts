import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { isVolatile } from '../volatile-field.ts';
import { collectFields } from './collect-fields.ts';
import {
  type Complete,
  type CompleteObject,
  completeAbstract,
  completeLeaf,
  completeList,
  completeNonNull,
  completeNullable,
  completeObject,
  type FieldPlan,
} from './complete.ts';
import type { Site } from './run.ts';

/** Fields in all places of one plan. Fragments that spread one another make any number of fields out of little text. */
const mostSites = 2_000;
/** Selections in one another. A plan calls itself for each level, as graphql-js does. */
const deepest = 50;

export interface PlanOptions {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Coerced. Those in `@skip` and `@include` decide what the plan has, the others don't matter. */
  readonly variableValues: Readonly<Record<string, unknown>>;
}

/** What an operation does, decided once: which fields it has for which type, how each is resolved and how its value is completed. */
export type Plan = CompleteObject;

/** Why an operation has no plan: it is right, but graphql-js has to execute it. */
class NotPlanned extends Error {}

/** Null for what is left to graphql-js. */
export function planOf(options: PlanOptions): Plan | null {
  try {
    return new Planner(options).plan();
  } catch {
    // What graphql-js fails on too, it can explain.
    return null;
  }
}

class Planner {
  readonly #options: PlanOptions;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  #sites = 0;

  constructor(options: PlanOptions) {
    this.#options = options;
    const fragments = options.document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  plan(): Plan {
    const { schema, operation } = this.#options;
    if (operation.operation === OperationTypeNode.MUTATION) throw new NotPlanned('Its fields come one after the other');
    const type = schema.getRootType(operation.operation);
    if (!type) throw new NotPlanned('The schema has no such operations');
    return completeObject(this.#fieldsOf(type, [operation], 0));
  }

  #fieldsOf(type: GraphQLObjectType, nodes: readonly Pick<FieldNode, 'selectionSet'>[], depth: number): readonly FieldPlan[] {
    const { schema, variableValues } = this.#options;
    if (depth > deepest) throw new NotPlanned('It is too deep');
    const selectionSets = nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
    const collected = collectFields({ schema, fragments: this.#fragments, variableValues }, type, ...selectionSets);
    return [...collected].flatMap(([name, [first, ...others]]): FieldPlan[] => {
      if (first === undefined) return [];
      // An object can't have it as a key of its own by mere assignment.
      if (name === '__proto__') throw new NotPlanned('It asks for an answer called __proto__');
      this.#sites++;
      if (this.#sites > mostSites) throw new NotPlanned('It has too many fields');
      return [this.#field(type, { name, nodes: [first, ...others], depth })];
    });
  }

  #field(
    type: GraphQLObjectType,
    { name, nodes, depth }: { readonly name: string; readonly nodes: Site['nodes']; readonly depth: number },
  ): FieldPlan {
    const fieldName = nodes[0].name.value;
    if (fieldName === '__typename') return { name, typeName: type.name };
    const field: GraphQLField<unknown, unknown> | undefined = type.getFields()[fieldName];
    if (field === undefined) throw new NotPlanned(`${fieldName} is left to graphql-js`);
    // An error has the whole operation executed again, and what asks elsewhere is not to be asked twice.
    if (isVolatile(field)) throw new NotPlanned(`${fieldName} asks elsewhere`);
    const { schema, operation } = this.#options;
    const info = {
      ...{ fieldName, fieldNodes: nodes, returnType: field.type, parentType: type, schema, operation },
      fragments: Object.fromEntries(this.#fragments),
    };
    const site: Site = { number: this.#sites, field, nodes, info };
    return { name, site, complete: this.#complete(field.type, site, depth) };
  }

  #complete(type: GraphQLOutputType, site: Site, depth: number): Complete {
    return isNonNullType(type)
      ? completeNonNull(this.#completeSome(type.ofType, site, depth))
      : completeNullable(this.#completeSome(type, site, depth));
  }

  #completeSome(type: GraphQLOutputType, site: Site, depth: number): Complete {
    if (isListType(type)) return completeList(this.#complete(type.ofType, site, depth));
    if (isLeafType(type)) return completeLeaf(type);
    if (isObjectType(type)) return this.#object(type, site, depth);
    if (!isAbstractType(type) || !type.resolveType) throw new NotPlanned('The type of what comes is not known');
    const possible = this.#options.schema.getPossibleTypes(type);
    const byName = new Map(possible.map((object) => [object.name, this.#object(object, site, depth)]));
    return completeAbstract({ resolveType: type.resolveType, type, site, byName });
  }

  #object(type: GraphQLObjectType, { nodes }: Site, depth: number): Complete {
    if (type.isTypeOf) throw new NotPlanned('It asks each object for its type');
    return completeObject(this.#fieldsOf(type, nodes, depth + 1));
  }
}
