import type { Context } from '../context.ts';
import type { Snapshot } from '../store/snapshot.ts';

/**
 * The same computation, done once in an operation however many fields ask for it: an index over all guests must not be built
 * again for each of their parents. What it holds is true of one snapshot, and goes when that goes.
 */
export function oncePerOperation<T, C extends Pick<Context, 'snapshot'> = Context>(
  compute: (context: C) => T,
): (context: C) => T {
  const results = new WeakMap<Snapshot, { readonly value: T }>();
  return (context) => {
    let result = results.get(context.snapshot);
    if (result === undefined) {
      result = { value: compute(context) };
      results.set(context.snapshot, result);
    }
    return result.value;
  };
}

/** The same for each node: an operation that comes by a node again and again has it as one object. */
export function oncePerNode<N extends object, T>(compute: (context: Context, node: N) => T): (context: Context, node: N) => T {
  const resultsOf = oncePerOperation(() => new WeakMap<N, { readonly value: T }>());
  return (context, node) => {
    const results = resultsOf(context);
    let result = results.get(node);
    if (result === undefined) {
      result = { value: compute(context, node) };
      results.set(node, result);
    }
    return result.value;
  };
}
