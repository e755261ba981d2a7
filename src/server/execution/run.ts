import type { ExecutionArgs, FieldNode, GraphQLField, GraphQLResolveInfo, OperationDefinitionNode } from 'graphql';
import { getArgumentValues } from 'graphql';

export type Arguments = Readonly<Record<string, unknown>>;

/** A field of a document, at each place of an answer where it stands. */
export interface Site {
  /** Within its plan, from 0. */
  readonly number: number;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
  readonly info: SiteInfo;
}

/** All of what resolvers are told of a field that is the same in each execution. */
export type SiteInfo = Omit<GraphQLResolveInfo, 'path' | 'rootValue' | 'variableValues'>;

/** One execution of a plan. */
export class Run {
  readonly rootValue: unknown;
  readonly contextValue: unknown;
  readonly variableValues: Readonly<Record<string, unknown>>;
  readonly #arguments: (Arguments | undefined)[] = [];
  readonly #infos: (GraphQLResolveInfo | undefined)[] = [];
  #awaited = 0;
  #hasFailed = false;
  #failure: unknown;
  #end: () => void = () => undefined;

  constructor({ rootValue, contextValue }: ExecutionArgs, variableValues: Readonly<Record<string, unknown>>) {
    this.rootValue = rootValue;
    this.contextValue = contextValue;
    this.variableValues = variableValues;
  }

  /** Whether something that came later went wrong. Then nothing of this execution counts any more. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Null where nothing is to be waited for. Resolves when all has come, or something went wrong. */
  ended(): Promise<void> | null {
    if (this.#awaited === 0) return null;
    return new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  await(promise: PromiseLike<unknown>, use: (value: unknown) => void): void {
    this.#awaited++;
    promise.then(
      (value) => {
        try {
          if (!this.hasFailed) use(value);
        } catch (error) {
          this.fail(error);
        }
        this.#awaited--;
        if (this.#awaited === 0) this.#end();
      },
      (error: unknown) => this.fail(error),
    );
  }

  /** Why it did, the first time. */
  get failure(): unknown {
    return this.#failure;
  }

  /** What comes later is not used any more. */
  fail(failure: unknown): void {
    if (!this.hasFailed) this.#failure = failure;
    this.#hasFailed = true;
    this.#end();
  }

  /** Once for all objects that are asked the same. */
  argumentsOf({ number, field, nodes }: Site): Arguments {
    this.#arguments[number] ??= getArgumentValues(field, nodes[0], this.variableValues);
    return this.#arguments[number];
  }

  infoOf({ number, info }: Site): GraphQLResolveInfo {
    this.#infos[number] ??= new RunInfo(info, this);
    return this.#infos[number];
  }
}

class RunInfo implements GraphQLResolveInfo {
  readonly fieldName: GraphQLResolveInfo['fieldName'];
  readonly fieldNodes: GraphQLResolveInfo['fieldNodes'];
  readonly returnType: GraphQLResolveInfo['returnType'];
  readonly parentType: GraphQLResolveInfo['parentType'];
  readonly schema: GraphQLResolveInfo['schema'];
  readonly fragments: GraphQLResolveInfo['fragments'];
  readonly operation: OperationDefinitionNode;
  readonly rootValue: unknown;
  readonly variableValues: GraphQLResolveInfo['variableValues'];

  constructor(info: SiteInfo, { rootValue, variableValues }: Run) {
    this.fieldName = info.fieldName;
    this.fieldNodes = info.fieldNodes;
    this.returnType = info.returnType;
    this.parentType = info.parentType;
    this.schema = info.schema;
    this.fragments = info.fragments;
    this.operation = info.operation;
    this.rootValue = rootValue;
    this.variableValues = variableValues;
  }

  /** Objects of a list share this: a resolver that asks where it stands is left to graphql-js. */
  get path(): never {
    throw new Error('A compiled execution keeps no paths');
  }
}
