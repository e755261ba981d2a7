/** What a part of an operation costs: known at once, or by the variables. */
export type Cost = number | CostByVariables;

export type CostByVariables = (run: CostRun) => number;

/** One computation of what an operation costs with its variables. */
export interface CostRun {
  readonly variable: (name: string) => unknown;
  /** What is in the operation several times is computed once. */
  readonly known: Map<CostByVariables, number>;
}

export function sum(costs: readonly Cost[]): Cost {
  const fixed = costs.reduce<number>((total, cost) => (typeof cost === 'number' ? total + cost : total), 0);
  const varying = costs.filter((cost) => typeof cost !== 'number');
  if (varying.length === 0) return fixed;
  return (run) => varying.reduce((total, cost) => total + cost(run), fixed);
}

export function product(one: Cost, other: Cost): Cost {
  if (one === 0 || other === 0) return 0;
  if (typeof one === 'number' && typeof other === 'number') return one * other;
  return (run) => evaluated(one, run) * evaluated(other, run);
}

export function highest(costs: readonly Cost[]): Cost {
  const fixed = costs.reduce<number>((most, cost) => (typeof cost === 'number' ? Math.max(most, cost) : most), 0);
  const varying = costs.filter((cost) => typeof cost !== 'number');
  if (varying.length === 0) return fixed;
  return (run) => varying.reduce((most, cost) => Math.max(most, cost(run)), fixed);
}

/** The same, computed once however often it is asked for. */
export function shared(cost: Cost): Cost {
  if (typeof cost === 'number') return cost;
  return (run) => {
    const known = run.known.get(cost);
    if (known !== undefined) return known;
    const value = cost(run);
    run.known.set(cost, value);
    return value;
  };
}

export function evaluated(cost: Cost, run: CostRun): number {
  return typeof cost === 'number' ? cost : cost(run);
}
