import { createHash } from 'node:crypto';
import { type DocumentNode, Lexer, parse, print, Source, separateOperations, TokenKind } from 'graphql';

export interface PersistedDocument {
  readonly text: string;
  readonly document: DocumentNode;
}

/** Texts that were found to be one of the list, written otherwise. The one that was found first goes first. */
const rememberedTexts = 1000;
const longestRememberedText = 32 * 1024;

/**
 * The documents that alone are executed. Each has a hash (SHA-256, in hexadecimal) of its text as it is in the file, and one of its text as
 * graphql prints it, since clients hash what they print. Each operation of it can be asked for alone as well, with the fragments that
 * it needs: so clients send it when a file has several.
 */
export class PersistedOperations {
  /** Of all operations. */
  readonly operationNames: readonly string[];
  readonly #byHash = new Map<string, string>();
  readonly #byPrint = new Map<string, string>();
  readonly #remembered = new Map<string, string>();
  readonly #mostTokens: number;

  constructor(documents: readonly PersistedDocument[]) {
    for (const { text, document } of documents) {
      this.#add(text, text);
      this.#add(print(document), text);
      for (const operation of Object.values(separateOperations(document))) this.#add(print(operation), print(operation));
    }
    this.operationNames = documents.flatMap(({ document }) => Object.keys(separateOperations(document)));
    this.#mostTokens = Math.max(0, ...documents.map(({ text }) => tokensIn(text)));
  }

  /** How many documents can be asked for, in one way or another. */
  get size(): number {
    return new Set(this.#byHash.values()).size;
  }

  /** Null: there is none. */
  byHash(hash: string): string | null {
    return this.#byHash.get(hash) ?? null;
  }

  /** The document that a text is, whatever its white space and comments are; null: it is none of them. */
  byText(text: string): string | null {
    const known = this.#byPrint.get(text) ?? this.#remembered.get(text);
    if (known !== undefined) return known;
    const found = this.#byPrint.get(this.#printed(text));
    if (found === undefined) return null;
    this.#remember(text, found);
    return found;
  }

  /** What has more tokens than any of the list is none of them: so a hostile text costs no more than one of these. */
  #printed(text: string): string {
    try {
      return print(parse(text, { maxTokens: this.#mostTokens, noLocation: true }));
    } catch {
      // No GraphQL, too long, or nested too deeply for the parser's stack. No document prints as nothing.
      return '';
    }
  }

  #add(text: string, document: string): void {
    const hash = createHash('sha256').update(text).digest('hex');
    if (!this.#byHash.has(hash)) this.#byHash.set(hash, document);
    if (!this.#byPrint.has(text)) this.#byPrint.set(text, document);
  }

  #remember(text: string, document: string): void {
    if (text.length > longestRememberedText) return;
    this.#remembered.set(text, document);
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= rememberedTexts) return;
      this.#remembered.delete(oldest);
    }
  }
}

function tokensIn(text: string): number {
  const lexer = new Lexer(new Source(text));
  let count = 0;
  while (lexer.advance().kind !== TokenKind.EOF) count++;
  return count;
}
