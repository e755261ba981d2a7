import type { ClientError } from '../client-error.ts';
import { refusal } from '../request-error.ts';
import type { PersistedLookup } from './persisted-operations.ts';

/** The ways in which a request can say which document it means. */
export interface DocumentReference<Query = unknown> {
  readonly query?: Query;
  /** As GraphQL over HTTP has it: `sha256:` and the hash. */
  readonly documentId?: unknown;
  /** `persistedQuery.sha256Hash` in it, as Apollo's clients have it. */
  readonly extensions?: unknown;
}

const documentIdPattern = /^sha256:([0-9a-f]{64})$/;

/**
 * The text of the document that a request asks for; undefined: it names none. Null as `persisted`: whatever a request brings is executed, and
 * nothing has another name than its text.
 */
export function requestedDocument<Query>(
  { query, ...others }: DocumentReference<Query>,
  persisted: PersistedLookup | null,
): Query | string | undefined {
  // Over WebSocket, the protocol asks for a text where there is none.
  const isTextGiven = isGiven(query) && query !== '';
  if (!isTextGiven) return documentByName(others, persisted) ?? query;
  if (isGiven(others.documentId)) throw wrongDocument('documentId', 'A request has a documentId or a query, and not both');
  if (persisted === null || typeof query !== 'string') return query;
  const found = persisted.byText(query);
  if (found === null) throw wrongDocument('query', 'This gateway executes a list of operations alone, and this is none of them');
  return found;
}

function documentByName({ documentId, extensions }: DocumentReference, persisted: PersistedLookup | null): string | null {
  if (isGiven(documentId)) {
    const [, hash] = documentIdPattern.exec(typeof documentId === 'string' ? documentId : '') ?? [];
    if (hash === undefined) throw wrongDocument('documentId', 'A documentId is sha256: and 64 hexadecimal digits');
    if (persisted === null) throw wrongDocument('documentId', 'This gateway has no list of operations: send the query itself');
    const found = persisted.byHash(hash);
    if (found === null) throw wrongDocument('documentId', `There is no operation ${documentId} in the list of this gateway`);
    return found;
  }
  const hash = hashIn(extensions);
  if (hash === undefined) return null;
  // By these very words Apollo's clients know that they may send the text, or need not try again.
  if (persisted === null) throw wrongDocument('extensions', 'PersistedQueryNotSupported');
  const found = typeof hash === 'string' ? persisted.byHash(hash) : null;
  if (found === null) throw wrongDocument('extensions', 'PersistedQueryNotFound');
  return found;
}

function hashIn(extensions: unknown): unknown {
  const persistedQuery = isObject(extensions) ? extensions.persistedQuery : undefined;
  return isObject(persistedQuery) ? persistedQuery.sha256Hash : undefined;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongDocument(field: string, message: string): ClientError {
  return refusal({ status: 400, field, message });
}
