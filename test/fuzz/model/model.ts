// biome-ignore lint/suspicious/noExplicitAny: arguments, answers and records of all shapes; what is not there fails a comparison.
export type Json = any;

/** The gateway's clock stands still in these tests. */
export const now = '1970-01-01T00:00:00.000Z';

/** An answer that the rules don't allow, such as an address that is held. */
export class IllegalAnswer extends Error {}

/**
 * What must be stored: each key with its text, or with the record that is stored as JSON, its fields in Go's order. Values are
 * never changed in place, so that a copy is cheap.
 */
export class Model {
  readonly #entries: Map<string, Json>;
  /** How often each record was changed: an update may name the version that it means. */
  readonly #versions: Map<string, number>;
  /** Hypervisors whose total was lowered below what their guests have. */
  readonly overcommitted: Set<string>;
  /** The job that came with each guest's link to its hypervisor. */
  readonly placedBy: Map<string, string>;

  /** An empty one, or a copy. */
  constructor(from: Model | null = null) {
    this.#entries = new Map(from === null ? [] : from.#entries);
    this.#versions = new Map(from === null ? [] : from.#versions);
    this.overcommitted = new Set(from === null ? [] : from.overcommitted);
    this.placedBy = new Map(from === null ? [] : from.placedBy);
  }

  value(key: string): Json {
    return this.#entries.get(key);
  }

  version(key: string): number {
    return this.#versions.get(key) ?? 0;
  }

  /** The record of a node, undefined when there is none. */
  node(folder: string, id: string): Json {
    return this.value(folder === 'jobs' ? `jobs/${id}` : `${folder}/${id}/metadata`);
  }

  /** All records of a folder. */
  nodes(folder: string): readonly { readonly id: string; readonly record: Json }[] {
    return [...this.#entries].flatMap(([key, record]) => {
      const [its, id = '', part] = key.split('/');
      return its === folder && part === (folder === 'jobs' ? undefined : 'metadata') ? [{ id, record }] : [];
    });
  }

  /** What follows the prefix in the keys that begin with it, and their values. */
  below(prefix: string): readonly (readonly [name: string, value: Json])[] {
    return [...this.#entries].flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
    );
  }

  /** A value that is stored already is not written again. */
  put(key: string, value: Json): void {
    if (JSON.stringify(this.value(key)) === JSON.stringify(value)) return;
    this.#entries.set(key, value);
    this.#versions.set(key, this.version(key) + 1);
  }

  /** Changes fields of a record; undefined leaves one as it is. */
  update(key: string, fields: Readonly<Record<string, Json>>): void {
    const given = Object.entries(fields).filter(([, value]) => value !== undefined);
    this.put(key, { ...this.value(key), ...Object.fromEntries(given) });
  }

  remove(key: string): void {
    this.#entries.delete(key);
    this.#versions.set(key, this.version(key) + 1);
  }

  removeAll(prefix: string): void {
    for (const [name] of this.below(prefix)) this.remove(prefix + name);
  }

  /** As the store must hold it. */
  rendered(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#entries].map(([key, value]) => [key, typeof value === 'string' ? value : render(value)]));
  }
}

/** Metadata is a map in the order of its keys, in which an object of JavaScript would put those first that are numbers. */
function render(record: Json): string {
  const members = Object.entries(record).map(([name, value]) => {
    const json =
      name === 'metadata'
        ? `{${inOrder(Object.entries(Object(value)))
            .map(member)
            .join()}}`
        : JSON.stringify(value);
    return `${JSON.stringify(name)}:${json}`;
  });
  return `{${members.join()}}`;
}

function member([name, text]: readonly [string, unknown]): string {
  return `${JSON.stringify(name)}:${JSON.stringify(text)}`;
}

export function inOrder<T>(entries: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

export function metadataOf(given: Readonly<Record<string, string>> = {}): Json {
  return Object.fromEntries(inOrder(Object.entries(given)));
}

export function legal(condition: boolean, what: string): void {
  if (!condition) throw new IllegalAnswer(what);
}
