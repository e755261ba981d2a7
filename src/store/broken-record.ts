/** A record that can't be read: it is left out of lists and counts, and costs nobody else anything. */
export interface BrokenRecord {
  /** The key as a person reads it. */
  readonly key: string;
  readonly reason: string;
}

/** The records that one operation could not read so far, each key once, in the order in which they were met. */
export class BrokenRecords {
  readonly #byKey = new Map<string, BrokenRecord>();

  add(record: BrokenRecord): void {
    this.#byKey.set(record.key, record);
  }

  get all(): readonly BrokenRecord[] {
    return [...this.#byKey.values()];
  }
}
