import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';
import type { MaybePromise } from '../../store/maybe-promise.ts';
import { conditionVariables } from './condition-variable.ts';
import { type Plan, planOf } from './plan.ts';
import { Run } from './run.ts';

export interface Executing extends ExecutionArgs {
  /** Told the first thing that went wrong in a plan, which need not be among the errors of the answer. graphql-js does not know it. */
  readonly onFailure?: (failure: unknown) => void;
}

/** Null: the answer has errors, and only graphql-js knows which. It has to execute the operation from the start, in a new context. */
export type Execute = (args: Executing) => MaybePromise<ExecutionResult | null>;

/** One operation of a document that is kept. It goes when the document goes. */
interface Known {
  readonly conditions: readonly string[];
  /** By the values of the variables in its `@skip` and `@include`. Null: it is left to graphql-js. */
  readonly plans: Map<string, Plan | null>;
  /** Not planned before its second time: most documents that come once never come again. */
  times: number;
  /** Times to come that graphql-js executes it at once. */
  rest: number;
}

/** Each error prints the whole value that it is about, and here none of them is read. */
const firstError = { maxErrors: 1 };
/** Plans of one operation. */
const mostPlans = 8;
/** Where the answer has errors it was executed twice: what has one mostly has it again. */
const restAfterErrors = 100;

/**
 * Executes queries that come again and again by a plan that is made once, and all others by graphql-js.
 *
 * A plan knows the good case alone. So it is graphql-js that makes each error, says where it belongs, and which comes first. That depends on
 * what had to be waited for, so not even the context of a plan that failed can be used again.
 */
export function openExecutor({ schema }: { readonly schema: GraphQLSchema }): Execute {
  const known = new WeakMap<OperationDefinitionNode, Known>();

  function knownOf(document: DocumentNode, operation: OperationDefinitionNode): Known {
    const found = known.get(operation);
    if (found !== undefined) return found;
    const added = { conditions: conditionVariables(document), plans: new Map<string, Plan | null>(), times: 0, rest: 0 };
    known.set(operation, added);
    return added;
  }

  function planFor(args: ExecutionArgs, operation: OperationDefinitionNode, variableValues: Run['variableValues']): Plan | null {
    const { conditions, plans } = knownOf(args.document, operation);
    const key = conditions.length === 0 ? '' : JSON.stringify(conditions.map((name) => variableValues[name] ?? null));
    const plan = plans.get(key);
    if (plan !== undefined) return plan;
    if (plans.size === mostPlans) return null;
    const made = planOf({ schema, document: args.document, operation, variableValues });
    plans.set(key, made);
    return made;
  }

  return (args) => {
    const operation = getOperationAST(args.document, args.operationName);
    if (!operation) return execute(args);
    const state = knownOf(args.document, operation);
    state.times++;
    if (state.times < 2 || state.rest > 0) {
      if (state.rest > 0) state.rest--;
      return execute(args);
    }
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], args.variableValues ?? {}, firstError);
    const plan = coerced === undefined ? null : planFor(args, operation, coerced);
    if (plan === null || coerced === undefined) return execute(args);

    const run = new Run(args, coerced);
    function failed(): null {
      args.onFailure?.(run.failure);
      state.rest = restAfterErrors;
      return null;
    }
    try {
      const data = plan(args.rootValue, run);
      const ended = run.ended();
      return ended === null ? { data } : ended.then(() => (run.hasFailed ? failed() : { data }));
    } catch (error) {
      run.fail(error);
      return failed();
    }
  };
}
