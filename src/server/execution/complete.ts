import {
  type GraphQLAbstractType,
  GraphQLBoolean,
  GraphQLID,
  type GraphQLLeafType,
  GraphQLString,
  type GraphQLTypeResolver,
} from 'graphql';
import type { Arguments, Run, Site } from './run.ts';

/**
 * From what a resolver gave to what the answer says. What it has to wait for it leaves to the run, which puts it in its place later. It
 * throws where the answer would have an error.
 */
export type Complete = (value: unknown, run: Run) => unknown;

export type CompleteObject = (source: unknown, run: Run) => Record<string, unknown>;

export type FieldPlan =
  | { readonly name: string; readonly typeName: string }
  | { readonly name: string; readonly site: Site; readonly complete: Complete };

/** Puts one field into an object of the answer. */
type Answer = (data: Record<string, unknown>, source: unknown, run: Run) => void;

type Resolve = (source: unknown, run: Run) => unknown;

/** The answer has an error. Which one, graphql-js says. */
class HasError extends Error {}

const noArguments: Arguments = Object.freeze({});

export function completeObject(fields: readonly FieldPlan[]): CompleteObject {
  const answers = fields.map(answerOf);
  return (source, run) => {
    const data: Record<string, unknown> = {};
    for (const answer of answers) answer(data, source, run);
    return data;
  };
}

function answerOf(plan: FieldPlan): Answer {
  const { name } = plan;
  if ('typeName' in plan) {
    const { typeName } = plan;
    return (data) => {
      data[name] = typeName;
    };
  }
  const { site, complete } = plan;
  const resolve = resolveOf(site);
  return (data, source, run) => {
    const value = resolve(source, run);
    // Its place is taken at once: fields come in the order of the document.
    if (!isPromise(value)) data[name] = complete(value, run);
    else {
      data[name] = null;
      run.await(value, (settled) => {
        data[name] = complete(settled, run);
      });
    }
  };
}

function resolveOf(site: Site): Resolve {
  const { name, resolve, args } = site.field;
  if (resolve === undefined) {
    return (source, run) => {
      // graphql-js' own default. A source that has no properties has no such field either.
      if ((typeof source !== 'object' || source === null) && typeof source !== 'function') return undefined;
      const value = (source as Readonly<Record<string, unknown>>)[name];
      if (typeof value !== 'function') return value;
      return Reflect.apply(value, source, [run.argumentsOf(site), run.contextValue, run.infoOf(site)]);
    };
  }
  if (args.length === 0) return (source, run) => resolve(source, noArguments, run.contextValue, run.infoOf(site));
  return (source, run) => resolve(source, run.argumentsOf(site), run.contextValue, run.infoOf(site));
}

/** Null, where there is nothing, is no error, unless `completeNonNull` is around it. */
export function completeNullable(complete: Complete): Complete {
  return (value, run) => (value === null || value === undefined ? null : completeSome(complete, value, run));
}

export function completeNonNull(complete: Complete): Complete {
  return (value, run) => {
    if (value === null || value === undefined) throw new HasError();
    return completeSome(complete, value, run);
  };
}

function completeSome(complete: Complete, value: unknown, run: Run): unknown {
  if (value instanceof Error) throw value;
  return complete(value, run);
}

export function completeList(complete: Complete): Complete {
  return (value, run) => {
    if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) throw new HasError();
    const items: unknown[] = [];
    // What has the method is taken for iterable, as graphql-js does it.
    for (const item of value as Iterable<unknown>) {
      if (!isPromise(item)) items.push(complete(item, run));
      else {
        const index = items.push(null) - 1;
        run.await(item, (settled) => {
          items[index] = complete(settled, run);
        });
      }
    }
    return items;
  };
}

export function completeLeaf(type: GraphQLLeafType): Complete {
  function serialize(value: unknown): unknown {
    const serialized: unknown = type.serialize(value);
    if (serialized === null || serialized === undefined) throw new HasError();
    return serialized;
  }
  // These would give it back as it is.
  if (type === GraphQLString || type === GraphQLID) return (value) => (typeof value === 'string' ? value : serialize(value));
  if (type === GraphQLBoolean) return (value) => (typeof value === 'boolean' ? value : serialize(value));
  return serialize;
}

export interface AbstractOptions {
  readonly type: GraphQLAbstractType;
  readonly resolveType: GraphQLTypeResolver<unknown, unknown>;
  readonly site: Site;
  readonly byName: ReadonlyMap<unknown, Complete>;
}

export function completeAbstract({ type, resolveType, site, byName }: AbstractOptions): Complete {
  return (value, run) => {
    // A promised type is left to graphql-js too.
    const complete = byName.get(resolveType(value, run.contextValue, run.infoOf(site), type));
    if (complete === undefined) throw new HasError();
    return complete(value, run);
  };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { readonly then?: unknown }).then === 'function';
}
