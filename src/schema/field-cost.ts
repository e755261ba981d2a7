/** How many items a list is reckoned to have, before anybody knows. */
export type ListSize =
  /** About so many. */
  | number
  /** As many as the page that the connection around it was asked for. */
  | 'PAGE'
  /** As many as an argument of the field says: by its number, or by how many items it names. */
  | { readonly argument: string };

/** What the cost of an operation is computed from (server/limits/): a field costs 1, an item of a list 1, and what is said here. */
export interface FieldCost {
  /** Beside the 1 that each field costs: for what takes much longer to answer than to write down. */
  readonly weight?: number;
  /** Each field that answers a list has it, and nobody else. */
  readonly size?: ListSize;
  /**
   * Beside the 1 that each item of the list costs: for what has to be looked for one by one. Of a field of a connection that is no list: for
   * each item of its page.
   */
  readonly each?: number;
}

/** For the extensions of a field. */
export function costs(cost: FieldCost): { readonly cost: FieldCost } {
  return { cost };
}

/** A request to an agent, or a question to the store that no snapshot answers. */
export const askWeight = 1000;

/** Reading all addresses that are held in a subnet. */
export const addressesWeight = 200;

/** Looking for one address, which may be spelled otherwise than it is asked for. */
export const addressWeight = 20;

/** Following the link keys of a node that may have some thousand of them. */
export const linksWeight = 50;

/** Looking at all hypervisors and at the addresses of their subnets. */
export const placementWeight = 10_000;
