import type { GraphQLField } from 'graphql';

/** Whether two answers of this field may differ at one revision: what it says comes from elsewhere than the store, or by chance. */
export function isVolatile({ extensions }: GraphQLField<unknown, unknown>): boolean {
  return extensions.isVolatile === true;
}
