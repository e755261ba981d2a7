import type { ExecutionArgs } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import type { Caller } from './caller.ts';
import { asksForCost } from './limits/index.ts';
import { type OperationOptions, performOperation } from './operation.ts';
import { inOperationSpan } from './operation-span.ts';
import { SharedAnswers } from './shared-answers.ts';
import { runSubscription } from './subscription.ts';

/** What Yoga knows of an operation besides. */
interface ByHttp {
  readonly params?: GraphQLParams;
}

/** Runs each operation in a context of its own. It needs only a Caller, so it is the same for every transport. */
export function useOperation(options: OperationOptions): Plugin<Caller & ByHttp> {
  const answers = new SharedAnswers();
  return {
    onExecute({ context, setExecuteFn }) {
      const caller = callerWithWishes(context);
      setExecuteFn((args: ExecutionArgs) =>
        inOperationSpan({ ...options, args, caller }, async () => (await performOperation({ ...options, args, caller })).result),
      );
    },
    onSubscribe({ args: { contextValue }, setSubscribeFn }) {
      const caller = callerWithWishes(contextValue);
      setSubscribeFn((args: ExecutionArgs) =>
        inOperationSpan({ ...options, args, caller }, () => runSubscription({ ...options, args, caller, answers })),
      );
    },
  };
}

function callerWithWishes(context: Caller & ByHttp): Caller {
  return asksForCost(context.params?.extensions) ? { ...context, wantsCost: true } : context;
}
