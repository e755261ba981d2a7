import { createHash } from 'node:crypto';
import { type DocumentNode, Lexer, parse, print, Source, separateOperations, TokenKind } from 'graphql';
import type { Caller } from '../caller.ts';
import { type DocumentLimits, requireShortText } from '../limits/index.ts';

export interface PersistedDocument {
  readonly text: string;
  readonly document: DocumentNode;
}

/** The list, as one caller asks it. */
export interface PersistedLookup {
  /** Null: there is none. */
  byHash(hash: string): string | null;
  /**
   * The document that a text is, whatever its white space and comments are; null: it is none of them. Fails with QUERY_TOO_COMPLEX, or with
   * what is charged for reading one that is not known.
   */
  byText(text: string): string | null;
}

/** For a caller, by whom his requests count. */
export type PersistedLookups = (charge: Caller['charge']) => PersistedLookup;

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

  lookups(limits: Pick<DocumentLimits, 'documentBytes'>): PersistedLookups {
    return (charge) => ({
      byHash: (hash) => this.#byHash.get(hash) ?? null,
      byText: (text) => {
        const known = this.#byPrint.get(text) ?? this.#remembered.get(text);
        if (known !== undefined) return known;
        requireShortText(text, limits);
        const refused = charge?.(text.length) ?? null;
        if (refused !== null) throw refused;
        return this.#read(text);
      },
    });
  }

  #read(text: string): string | null {
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
