import type { Context } from '../context.ts';

/**
 * The same computation, done once in an operation however many fields ask for it: an index over all guests must not be built
 * again for each of their parents. What it holds goes when the operation's context goes.
 */
export function oncePerOperation<T>(compute: (context: Context) => T): (context: Context) => T {
  const results = new WeakMap<Context, { readonly value: T }>();
  return (context) => {
    let result = results.get(context);
    if (result === undefined) {
      result = { value: compute(context) };
      results.set(context, result);
    }
    return result.value;
  };
}
