import { nameOf } from '../resolvers/filter.ts';
import type { StringMap } from '../store/entities/entity.ts';
import type { Revision } from '../store/store.ts';
import type { SchemaTypes } from './builder.ts';

type FieldsOf<T> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, T>;

/** What every node has beside its id. */
export function revisionField<T extends { readonly revision: Revision }>(t: FieldsOf<T>) {
  return {
    revision: t.field({
      type: 'Revision',
      description:
        'The store revision of the last change of this record itself, the one that `ifRevision` compares: links, config, heartbeat and state do not move it.',
      resolve: (node) => node.revision,
    }),
  };
}

/** What every node with metadata has beside its id. */
export function namedFields<T extends { readonly revision: Revision; readonly metadata: StringMap }>(t: FieldsOf<T>) {
  return {
    ...revisionField(t),
    metadata: t.field({
      type: 'StringMap',
      description: 'Free texts by key, as users and tools have set them; an empty object when there are none.',
      resolve: (node) => node.metadata,
    }),
    name: t.string({
      nullable: true,
      description: 'The `name` of the metadata, for people; names need not be unique. Null when it has none.',
      resolve: nameOf,
    }),
  };
}
