import type { StringMap } from '../store/entities/entity.ts';
import { uuidOf } from './id.ts';

/** A filter's field: null means the same as not given. */
export type Given<T> = T | null | undefined;

/** Whether an item passes. */
export type Test<T> = (item: T) => boolean;

/** What is asked by a field that is given, such as a test; nothing when it is not. */
export function given<V, R>(value: Given<V>, asked: (value: V) => R): R[] {
  return value === null || value === undefined ? [] : [asked(value)];
}

export function passesAll<T>(tests: readonly Test<T>[]): Test<T> {
  return (item) => tests.every((test) => test(item));
}

type Has<K extends string> = Readonly<Record<K, unknown>>;

export function fieldIs<K extends string>(field: K): (value: unknown) => Test<Has<K>> {
  return (value) => (item) => item[field] === value;
}

/** What the field has must be one of the values: of an empty list, nothing is. */
export function fieldIn<K extends string>(field: K): (values: readonly unknown[]) => Test<Has<K>> {
  return (values) => {
    const set = new Set(values);
    return (item) => set.has(item[field]);
  };
}

/** As `fieldIs`, for an id in any spelling. The field's name is that of the argument too. */
export function fieldIsId<K extends string>(field: K): (id: string) => Test<Has<K>> {
  return (text) => fieldIs(field)(uuidOf(field, text));
}

/** What nodes with metadata can be filtered by. */
export interface NameFilter {
  readonly ids?: Given<readonly string[]>;
  readonly name?: Given<string>;
  readonly metadata?: Given<StringMap>;
}

export interface Named {
  readonly id: string;
  readonly metadata: StringMap;
}

export function nameOf({ metadata }: { readonly metadata: StringMap }): string | null {
  const name: string | undefined = metadata.name;
  return name ?? null;
}

export function nameTests(filter: Given<NameFilter>): Test<Named>[] {
  return [...given(idsOf(filter), fieldIn('id')), ...given(filter?.name, namePart), ...given(filter?.metadata, metadataPairs)];
}

/** A node without a name has the empty one, so that an empty search finds it too. */
function namePart(part: string): Test<Named> {
  const lowerCase = part.toLowerCase();
  return (node) => (nameOf(node) ?? '').toLowerCase().includes(lowerCase);
}

function metadataPairs(pairs: StringMap): Test<Named> {
  const entries = Object.entries(pairs);
  return ({ metadata }) => entries.every(([key, value]) => Object.hasOwn(metadata, key) && metadata[key] === value);
}

/** The ids that a filter names, in their canonical spelling; undefined when it names none. */
export function idsOf(filter: Given<{ readonly ids?: Given<readonly string[]> }>): readonly string[] | undefined {
  return filter?.ids?.map((id) => uuidOf('ids', id));
}
