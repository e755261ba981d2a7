/** Times of several runs of the same work. */
export interface Timing {
  readonly medianMs: number;
  readonly worstMs: number;
  readonly runs: number;
}

/** Runs several kinds of work turn by turn, so that what the machine does beside them hits all alike. */
export async function timeTogether<Name extends string>(
  runs: number,
  works: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Record<Name, Timing>> {
  const names = Object.keys(works) as Name[]; // Object.keys forgets that the keys are Names
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let run = -1; run < runs; run++) {
    for (const name of names) {
      const start = performance.now();
      await works[name]();
      if (run >= 0) times.get(name)?.push(performance.now() - start);
    }
  }
  const timings = names.map((name) => {
    const sorted = (times.get(name) ?? []).sort((a, b) => a - b);
    const timing: Timing = { medianMs: round(sorted[Math.floor(runs / 2)] ?? 0), worstMs: round(sorted.at(-1) ?? 0), runs };
    return [name, timing];
  });
  return Object.fromEntries(timings);
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}
