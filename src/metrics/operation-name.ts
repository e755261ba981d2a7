/** Names of clients, at most: each is a label, and each label some twenty lines of every scrape. */
export const operationNameLimit = 200;
const longestName = 100;

export const otherOperation = 'other';
export const anonymousOperation = 'anonymous';

/**
 * The label of an operation. Its name is the client's own text, so only those that come first have a label of their own; the rest shares
 * one. Those that an operator has listed always have one.
 */
export class OperationNames {
  readonly #listed: ReadonlySet<string>;
  readonly #seen = new Set<string>();

  constructor(listed: Iterable<string> = []) {
    this.#listed = new Set(listed);
  }

  labelOf(name: string | null): string {
    if (name === null) return anonymousOperation;
    if (this.#listed.has(name) || this.#seen.has(name)) return name;
    if (this.#seen.size >= operationNameLimit || name.length > longestName) return otherOperation;
    this.#seen.add(name);
    return name;
  }
}
