import type { ArgBuilder } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../context.ts';
import { beginMutation, type Mutation } from '../resolvers/commit/index.ts';
import type { Revision } from '../store/store.ts';
import { builder, type SchemaTypes } from './builder.ts';

builder.mutationType({
  description:
    'Each field is one commit: it happens whole or not at all, and its payload shows the store right after it. A field that fails is null, and leaves those beside it alone. With the header `Idempotency-Key` a request may be repeated: within an hour, with the same fields and aliases, it is answered like the first one, and nothing is done twice.',
});

/** What a mutation's function is given: the operation, and which of its root fields this is. */
export function begin(context: Context, args: unknown, { fieldName, path }: GraphQLResolveInfo): Mutation {
  return beginMutation(context, { field: fieldName, responseName: String(path.key), args });
}

export const DeletePayload = builder
  .objectRef<{ readonly deletedId: string; readonly revision: Revision }>('DeletePayload')
  .implement({
    description: 'What was deleted.',
    fields: (t) => ({
      deletedId: t.exposeID('deletedId', { description: 'The id of what is gone.' }),
      revision: t.expose('revision', { type: 'Revision', description: 'The revision of the commit that deleted it.' }),
    }),
  });

type InputFields = PothosSchemaTypes.InputFieldBuilder<SchemaTypes, 'InputObject'>;

const ifRevisionDescription =
  'Only if this is still the `revision` of the record; else it fails with CONFLICT, and nothing is changed.';

/** What each update has in its input. */
export function updateFields(t: InputFields) {
  return {
    metadata: t.field({ type: 'StringMapPatch', description: 'Sets these keys; a null removes its key; others stay.' }),
    ...ifRevisionField(t),
  };
}

export function ifRevisionField(t: InputFields) {
  return { ifRevision: t.field({ type: 'Revision', description: ifRevisionDescription }) };
}

/** What each create of a named node has in its input. */
export function createFields(t: InputFields) {
  return {
    id: t.id({ description: 'A UUID of your choice that no node has yet; a new one when it is left out.' }),
    metadata: t.field({ type: 'StringMap', description: 'Texts by key, 64 KiB at most; `name` is what people call it.' }),
  };
}

/** `more` is what is special there, as further sentences. */
export function ifRevisionArgument(arg: ArgBuilder<SchemaTypes>, more = '') {
  return arg({ type: 'Revision', description: ifRevisionDescription + more });
}
