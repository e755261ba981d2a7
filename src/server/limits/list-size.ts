import type { GraphQLObjectType } from 'graphql';
import { defaultPageSize, largestPageSize } from '../../resolvers/page-window.ts';
import type { FieldCost, ListSize } from '../../schema/field-cost.ts';
import { extentOf } from './argument-extent.ts';
import type { Cost } from './cost.ts';
import type { AnyField, GivenArguments } from './given-argument.ts';

/**
 * Looking for what fits a filter, or putting it in order, may look at more than is answered: at all of a kind, at what belongs to a node, as the
 * guests of a network, of which there may be very many, or at what one machine has room for.
 */
const searchWeights = { wholeKind: 10_000, ofNode: 2_000, ofHypervisor: 100 } as const;
/** Where it is said which ones are meant. */
const lookWeight = 100;

export function costOfField({ extensions }: AnyField): FieldCost {
  // The gateway's own schema alone says this, in costs().
  return (extensions.cost as FieldCost | undefined) ?? {};
}

/** As many items as the argument asks for. */
export function sizeByArgument({ argument }: Exclude<ListSize, number | 'PAGE'>, given: GivenArguments): Cost {
  return given.derive([argument], (value) => (Array.isArray(value) ? value.length : pageSize(value, null)));
}

export function isPaged({ args }: AnyField): boolean {
  return ['first', 'last'].every((name) => args.some((argument) => argument.name === name));
}

/** The most items that the page of a connection can have. Sizes that are refused later count as those that are not. */
export function sizeOfPage(given: GivenArguments): Cost {
  return given.derive(['first', 'last', 'filter'], (first, last, filter) => {
    const size = pageSize(first, last);
    const ids = idsIn(filter);
    return ids === null ? size : Math.min(size, ids.length);
  });
}

/** Among what a paged field of this type looks. */
export function searchedBy(parent: GraphQLObjectType, query: GraphQLObjectType | null | undefined): keyof typeof searchWeights {
  if (parent === query) return 'wholeKind';
  return parent.name === 'Hypervisor' ? 'ofHypervisor' : 'ofNode';
}

/** What it takes to look at the arguments, again for each node that the field is asked of. */
export function weightOfArguments(given: GivenArguments): Cost {
  return given.deriveFromAll((values) => values.reduce<number>((weight, value) => weight + extentOf(value), 0));
}

/** What finding a page costs, whatever is asked of it. */
export function weightOfSearch(given: GivenArguments, among: keyof typeof searchWeights): Cost {
  return given.derive(['filter', 'orderBy'], (filter, orderBy) => {
    const isPlain = (filter ?? null) === null && (orderBy ?? null) === null;
    if (isPlain) return 0;
    // A whole kind has its nodes by id. What belongs to a node is looked through all the same.
    const ids = among === 'wholeKind' ? idsIn(filter) : null;
    return ids === null ? searchWeights[among] : lookWeight;
  });
}

function pageSize(first: unknown, last: unknown): number {
  const sizes = [first, last].filter((size) => typeof size === 'number');
  const size = sizes.length === 0 ? defaultPageSize : Math.min(...sizes);
  return Math.max(0, Math.min(size, largestPageSize));
}

function idsIn(filter: unknown): readonly unknown[] | null {
  const { ids } = Object(filter);
  return Array.isArray(ids) ? ids : null;
}
