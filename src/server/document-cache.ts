import type { DocumentNode } from 'graphql';

/** The text of all documents that are kept. A parsed document takes some twenty times the room of its text. */
const cachedCharacters = 1024 * 1024;
/** A longer document is parsed each time: a few of them would push all others out. */
const longestCachedDocument = 32 * 1024;

/** The documents that clients send again and again, parsed once. The one that was not asked for the longest goes first. */
export class DocumentCache {
  readonly #documents = new Map<string, DocumentNode>();
  #characters = 0;

  get(text: string): DocumentNode | undefined {
    const document = this.#documents.get(text);
    if (document !== undefined) {
      this.#documents.delete(text);
      this.#documents.set(text, document);
    }
    return document;
  }

  set(text: string, document: DocumentNode): void {
    if (text.length > longestCachedDocument || this.#documents.has(text)) return;
    this.#documents.set(text, document);
    this.#characters += text.length;
    for (const oldest of this.#documents.keys()) {
      if (this.#characters <= cachedCharacters) return;
      this.#documents.delete(oldest);
      this.#characters -= oldest.length;
    }
  }

  get size(): number {
    return this.#documents.size;
  }
}
