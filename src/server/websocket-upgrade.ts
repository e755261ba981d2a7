import { type IncomingMessage, ServerResponse } from 'node:http';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws';
import { graphqlPath } from './door.ts';
import { type ErrorReply, replyError } from './reply.ts';
import { foreignHostMessage, type HostRule, invalidAddressMessage, requestPath } from './request-path.ts';
import { addSecurityHeaders } from './security-headers.ts';

/** Those of WebSocket that `ws` speaks. */
const protocolVersions = '13, 8';

export interface UpgradeRules {
  readonly corsOrigins: readonly string[];
  readonly isHostAllowed: HostRule;
}

/**
 * What keeps a request from becoming a WebSocket; null when nothing does.
 *
 * Its origin is looked at, because nobody else does: a browser lets the page of any site open a WebSocket to any host, without
 * asking first and with the user's cookies, and lets it read all that comes.
 */
export function openUpgradeCheck({ corsOrigins, isHostAllowed }: UpgradeRules): (request: IncomingMessage) => ErrorReply | null {
  const listed = new Set(corsOrigins);
  return (request) => {
    const { headers } = request;
    const path = requestPath(request);
    if (path === null) return refusal(400, 'path', invalidAddressMessage);
    if (!isHostAllowed(request)) return refusal(403, 'host', foreignHostMessage);
    if (path !== graphqlPath) return refusal(404, 'path', `There is nothing here: GraphQL is at ${graphqlPath}`);
    const { origin, host = '' } = headers;
    if (origin !== undefined && !listed.has(origin) && !isOwnOrigin(origin, host)) {
      return refusal(403, 'origin', `Pages of ${origin} may not ask this gateway: its operator would have to list their origin`);
    }
    const offered = headers['sec-websocket-protocol'];
    if (handleProtocols(offered ?? '') !== false) return null;
    const given = offered === undefined ? 'none was offered' : `this is ${offered}`;
    return refusal(400, 'sec-websocket-protocol', `The subprotocol must be ${GRAPHQL_TRANSPORT_WS_PROTOCOL}: ${given}`);
  };
}

/** Whether a page came from this gateway: from the host that it now asks. Encryption may end at a proxy in front of it. */
function isOwnOrigin(origin: string, host: string): boolean {
  if (!/^https?:/.test(origin)) return false;
  const own = `${origin.slice(0, origin.indexOf(':'))}://${host}`;
  return URL.canParse(own) && new URL(own).origin === origin;
}

/** What `ws` found wrong with a request: mostly a header, which it names. */
export function handshakeRefusal({ message }: Error): ErrorReply {
  const [header] = /sec-websocket-\w+/i.exec(message) ?? [];
  if (header === undefined) return refusal(405, 'method', `A WebSocket can't be opened: ${message}`);
  return refusal(400, header.toLowerCase(), `A WebSocket can't be opened: ${message}`);
}

function refusal(status: number, field: string, message: string): ErrorReply {
  return { status, code: 'BAD_USER_INPUT', message, details: { field } };
}

export interface RefusedUpgrade {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly refusal: ErrorReply;
}

/** Answers as to any request, and closes the connection: what else comes over it is no HTTP. */
export function refuseUpgrade({ request, requestId, refusal }: RefusedUpgrade): void {
  const { socket } = request;
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  response.once('finish', () => socket.destroySoon());
  response.setHeader('x-request-id', requestId);
  addSecurityHeaders(response);
  response.setHeader('connection', 'close');
  const { details = {} } = refusal;
  if (details.field === 'sec-websocket-version') response.setHeader('sec-websocket-version', protocolVersions);
  if (details.field === 'method') response.setHeader('allow', 'GET');
  replyError(response, refusal);
}
