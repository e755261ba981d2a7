import {
  type ASTNode,
  GraphQLError,
  type GraphQLErrorExtensions,
  type GraphQLFormattedError,
  type SourceLocation,
} from 'graphql';
import type { ErrorCode } from '../errors.ts';

const clientErrors = new WeakSet<Error>();

/** Where in the document and in the answer an error belongs. */
export type Place = Partial<Pick<GraphQLError, 'message' | 'nodes' | 'source' | 'positions' | 'path'>>;

export interface ClientErrorExtensions extends GraphQLErrorExtensions {
  readonly code: ErrorCode;
}

export type ClientError = GraphQLError & { readonly extensions: ClientErrorExtensions };

/** graphql quotes a wrong value in each of the errors that it has: a large one of many would make a huge answer. */
const longestMessage = 4_000;

/**
 * An error as a client may see it: a new one at the same place, that leads back to no other. So no stack, cause or message of
 * another error can follow it into an answer. `http` in its extensions says how it is answered over HTTP, and is taken out there.
 */
export function clientError(place: Place, extensions: ClientErrorExtensions, message = place.message ?? ''): ClientError {
  const { nodes = null, source = null, positions = null, path = null } = place;
  const told = message.length <= longestMessage ? message : `${message.slice(0, longestMessage)}...`;
  const error = new GraphQLError(told, { nodes, source, positions, path, extensions });
  clientErrors.add(error);
  const locations = locationsOf(nodes ?? []);
  return Object.assign(error, { extensions }, locations.length === 0 ? {} : { locations });
}

/** What graphql finds by counting lines in the text of the document. */
function locationsOf(nodes: readonly ASTNode[]): readonly SourceLocation[] {
  const tokens = nodes.flatMap(({ loc }) => loc?.startToken ?? []);
  return tokens.map(({ line, column }) => ({ line, column }));
}

/** Whether it was made by `clientError`: errors come by more than once on their way. */
export function isClientError(error: unknown): error is ClientError {
  return error instanceof Error && clientErrors.has(error);
}

/** An error as it goes out. Its `http` is for whoever answers over HTTP, and goes out as a status and headers. */
export function formattedError(error: GraphQLError): GraphQLFormattedError {
  const { http: _http, ...extensions } = error.extensions;
  return { ...error.toJSON(), extensions };
}
