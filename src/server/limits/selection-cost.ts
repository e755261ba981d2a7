import { type DirectiveNode, Kind, valueFromASTUntyped } from 'graphql';
import { type Cost, product, sum } from './cost.ts';

/** What selections cost in one object: at any rate, and for each item of the page that the object is. */
export interface SelectionCost {
  readonly own: Cost;
  readonly perItem: Cost;
}

export const nothing: SelectionCost = { own: 0, perItem: 0 };

export function together(costs: readonly SelectionCost[]): SelectionCost {
  return { own: sum(costs.map(({ own }) => own)), perItem: sum(costs.map(({ perItem }) => perItem)) };
}

/** What is left out costs nothing. */
export function conditional(directives: readonly DirectiveNode[] = [], cost: SelectionCost): SelectionCost {
  return directives.reduce(({ own, perItem }, { name, arguments: [argument] = [] }) => {
    const value = argument?.value;
    if (value === undefined || (name.value !== 'skip' && name.value !== 'include')) return { own, perItem };
    const included = name.value === 'include';
    const factor: Cost =
      value.kind === Kind.VARIABLE
        ? (run) => (run.variable(value.name.value) === !included ? 0 : 1)
        : Number(valueFromASTUntyped(value) === included);
    return { own: product(factor, own), perItem: product(factor, perItem) };
  }, cost);
}
