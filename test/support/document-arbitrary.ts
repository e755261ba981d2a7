import fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';

/** An operation with whatever the schema has, most of it right and some of it wrong. */
export interface RandomOperation {
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A value of an argument: what JSON would say, and what a document says. */
interface RandomValue {
  readonly json: unknown;
  readonly literal: string;
}

export interface DocumentOptions {
  readonly schema: GraphQLSchema;
  /** Values by the name of a scalar, good and bad ones; ids that lead somewhere among them. */
  readonly scalars: Readonly<Record<string, fc.Arbitrary<unknown>>>;
  /** Default: `query`. */
  readonly operation?: 'query' | 'mutation' | 'subscription';
}

type Generate = fc.GeneratorValue;

const deepest = 6;
const mostFields = 40;

/** Makes operations out of the schema itself, so that no field and no argument is forgotten. */
export function operationArbitrary(options: DocumentOptions): fc.Arbitrary<RandomOperation> {
  return fc.gen().map((generate) => new OperationWriter(options, generate).write());
}

class OperationWriter {
  readonly #schema: GraphQLSchema;
  readonly #scalars: DocumentOptions['scalars'];
  readonly #operation: 'query' | 'mutation' | 'subscription';
  readonly #generate: Generate;
  readonly #variables = new Map<string, { readonly type: string; readonly value: unknown }>();
  #fields = 0;

  constructor({ schema, scalars, operation = 'query' }: DocumentOptions, generate: Generate) {
    this.#operation = operation;
    this.#schema = schema;
    this.#scalars = scalars;
    this.#generate = generate;
  }

  write(): RandomOperation {
    const root = this.#root();
    if (root === null || root === undefined) throw new Error(`The schema has no ${this.#operation}`);
    const selection = this.#operation === 'subscription' ? this.#oneField(root) : this.#selection(root, 0);
    const declared = [...this.#variables].map(([name, { type }]) => `$${name}: ${type}`);
    return {
      document: `${this.#operation}${declared.length === 0 ? '' : `(${declared.join(', ')})`} ${selection}`,
      variables: Object.fromEntries([...this.#variables].map(([name, { value }]) => [name, value])),
    };
  }

  #root(): GraphQLObjectType | null | undefined {
    if (this.#operation === 'query') return this.#schema.getQueryType();
    return this.#operation === 'mutation' ? this.#schema.getMutationType() : this.#schema.getSubscriptionType();
  }

  #chance(percent: number): boolean {
    return this.#generate(fc.nat, { max: 99 }) < percent;
  }

  /** By their numbers: fast-check compares what it is given, and the types of a schema lead in circles. */
  #some<T>(items: readonly T[], most: number): readonly T[] {
    const numbers = items.map((_item, index) => index);
    const chosen = this.#generate(fc.shuffledSubarray<number>, numbers, {
      minLength: 1,
      maxLength: Math.min(most, items.length),
    });
    return chosen.flatMap((index) => items.slice(index, index + 1));
  }

  /** A subscription has no more than one. */
  #oneField(type: GraphQLObjectType): string {
    const [field] = this.#some(Object.values(type.getFields()), 1);
    return field === undefined ? '' : `{ ${this.#field(field, 0)} }`;
  }

  #selection(type: GraphQLNamedType, depth: number): string {
    if (isInterfaceType(type)) {
      const fragments = this.#some(this.#schema.getPossibleTypes(type), 3).map(
        (possible) => `... on ${possible.name} ${this.#selection(possible, depth + 1)}`,
      );
      return `{ __typename id ${fragments.join(' ')} }`;
    }
    if (!isObjectType(type)) return '';
    const fields = Object.values(type.getFields()).filter((field) => this.#fits(field, depth));
    if (fields.length === 0) return '{ __typename }';
    return `{ ${this.#some(fields, depth < 2 ? 3 : 5)
      .map((field) => this.#field(field, depth))
      .join(' ')} }`;
  }

  #fits(field: GraphQLField<unknown, unknown>, depth: number): boolean {
    const type = getNamedType(field.type);
    return (!isObjectType(type) && !isInterfaceType(type)) || (depth < deepest && this.#fields < mostFields);
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    this.#fields++;
    const args = field.args.filter((arg) => isNonNullType(arg.type) || this.#chance(25)).map((arg) => this.#argument(arg));
    const list = args.length === 0 ? '' : `(${args.join(', ')})`;
    const directive = this.#chance(3) ? ' @include(if: true)' : '';
    // An alias of its own, so that two selections of one field never have to be merged.
    return `f${this.#fields}: ${field.name}${list}${directive} ${this.#selection(getNamedType(field.type), depth + 1)}`;
  }

  #argument({ name, type }: GraphQLArgument): string {
    const value = this.#value(type, 0);
    if (!this.#chance(40)) return `${name}: ${value.literal}`;
    const variable = `v${this.#variables.size}`;
    this.#variables.set(variable, { type: String(type), value: value.json });
    return `${name}: $${variable}`;
  }

  #value(type: GraphQLInputType, depth: number): RandomValue {
    if (isNonNullType(type)) return this.#chance(1) ? nothing : this.#orWrong(type.ofType, depth);
    return this.#chance(8) ? nothing : this.#orWrong(type, depth);
  }

  #orWrong(type: GraphQLInputType, depth: number): RandomValue {
    if (this.#chance(1)) return scalarValue(this.#generate(() => fc.jsonValue({ maxDepth: 1 })));
    if (isListType(type)) {
      const items = Array.from({ length: this.#generate(fc.nat, { max: 3 }) }, () => this.#value(type.ofType, depth + 1));
      return { json: items.map(({ json }) => json), literal: `[${items.map(({ literal }) => literal).join(', ')}]` };
    }
    if (isInputObjectType(type)) return this.#object(Object.values(type.getFields()), depth);
    if (isEnumType(type)) {
      const [{ name } = { name: 'NONE' }] = this.#some(type.getValues(), 1);
      return { json: name, literal: name };
    }
    const arbitrary = this.#scalars[type.name];
    if (arbitrary === undefined) throw new Error(`There are no values for the scalar ${type.name}`);
    return scalarValue(this.#generate(() => arbitrary));
  }

  #object(fields: readonly GraphQLInputField[], depth: number): RandomValue {
    const chosen = fields.filter((field) => isNonNullType(field.type) || this.#chance(20));
    const values = chosen.map(({ name, type }): [string, RandomValue] => [name, this.#value(type, depth + 1)]);
    return {
      json: Object.fromEntries(values.map(([name, { json }]) => [name, json])),
      literal: `{ ${values.map(([name, { literal }]) => `${name}: ${literal}`).join(', ')} }`,
    };
  }
}

const nothing: RandomValue = { json: null, literal: 'null' };

function scalarValue(json: unknown): RandomValue {
  return { json, literal: literalOf(json) };
}

/** Strings of JSON are strings of GraphQL; names of keys that no name of GraphQL can be make a document that does not parse. */
function literalOf(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(literalOf).join(', ')}]`;
  if (typeof json !== 'object' || json === null) return JSON.stringify(json);
  return `{ ${Object.entries(json)
    .map(([key, value]) => `${key}: ${literalOf(value)}`)
    .join(', ')} }`;
}
