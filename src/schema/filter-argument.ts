import { builder, type SchemaTypes } from './builder.ts';

/** What every filter of nodes with metadata has. */
export function namedFilterFields(t: PothosSchemaTypes.InputFieldBuilder<SchemaTypes, 'InputObject'>) {
  return {
    ...idsFilterField(t),
    name: t.string({ description: 'A part of `metadata.name`, whatever the case: "web" finds "Web-1".' }),
    metadata: t.field({
      type: 'StringMap',
      description: 'Each of these pairs is in the metadata, key and value equal: { rack: "r1" }.',
    }),
  };
}

export function idsFilterField(t: PothosSchemaTypes.InputFieldBuilder<SchemaTypes, 'InputObject'>) {
  return { ids: t.idList({ description: 'Has one of these ids. An empty list finds nothing.' }) };
}

export const NameFilterInput = builder.inputType('NameFilter', {
  description: 'All conditions that are given must hold; a null is the same as a condition left out.',
  fields: namedFilterFields,
});

const SortDirectionEnum = builder.enumType('SortDirection', {
  description: 'Which end a list begins at. Ties break by id, ascending.',
  values: {
    ASC: { description: 'Smallest first: 1 before 2, a before b. What has no value comes last.' },
    DESC: { description: 'Largest first: 2 before 1, b before a. What has no value comes first.' },
  } as const,
});

export function directionField(t: PothosSchemaTypes.InputFieldBuilder<SchemaTypes, 'InputObject'>) {
  return t.field({ type: SortDirectionEnum, required: true, defaultValue: 'ASC', description: 'Ascending when it is left out.' });
}
