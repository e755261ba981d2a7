/** What is mostly there already: who awaits each one of thousands in turn pays for every one that is not needed. */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on with the value: at once where it is there. */
export function whenThere<T, R>(value: MaybePromise<T>, use: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(use) : use(value);
}

/** All of them, in their order: at once where there is none to wait for. */
export function allThere<T>(values: readonly MaybePromise<T>[]): MaybePromise<readonly T[]> {
  return areThere(values) ? values : Promise.all(values);
}

function areThere<T>(values: readonly MaybePromise<T>[]): values is readonly T[] {
  return !values.some((value) => value instanceof Promise);
}

/** Both of them, begun together: whichever fails, by a promise or by throwing, leaves nobody a failure of the other that is not heard. */
export function bothThere<A, B>(first: MaybePromise<A>, begin: () => MaybePromise<B>): MaybePromise<readonly [A, B]> {
  if (first instanceof Promise) return Promise.all([first, promiseOf(begin)]);
  return whenThere(begin(), (second) => [first, second] as const);
}

/** Begins at once. */
async function promiseOf<T>(begin: () => MaybePromise<T>): Promise<T> {
  return begin();
}
