import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Services } from '../context.ts';
import type { Connections } from './connections.ts';
import { securityHeaders } from './security-headers.ts';

export interface BrokenRequestOptions {
  readonly server: Server;
  readonly connections: Pick<Connections, 'answersTo'>;
  readonly services: Pick<Services, 'log' | 'newId' | 'observer'>;
}

/** Of answers that were written past their responses, which know nothing of it. */
const writtenStatuses = new WeakMap<ServerResponse, number>();

/** Of the answer that its client was sent; null: none was. */
export function statusSent(response: ServerResponse): number | null {
  return writtenStatuses.get(response) ?? (response.headersSent ? response.statusCode : null);
}

/**
 * Answers what never became a request, in the shape of any other refusal, where Node would answer with a bare status: it is no HTTP, too long, or
 * does not arrive in time. The connection ends with it, since nobody knows where the next request would begin. Whole requests before it
 * are answered first, and it is not: a refusal would be read as the answer to one of them, which may well be done.
 */
export function answerBrokenRequests({ server, connections, services }: BrokenRequestOptions): void {
  const { log, newId, observer } = services;
  const latest = new WeakMap<Socket, ServerResponse>();
  const ending = new WeakSet<Socket>();

  function refuse(socket: Socket, { refusal, halfRead, reason }: BrokenRequest): void {
    const { status } = refusal;
    const requestId = idOf(halfRead) ?? newId();
    log.debug({ requestId, status, reason }, 'broken request');
    observer.operations.refused(['BAD_USER_INPUT']);
    // The door tells of each request whose head was read.
    if (halfRead === null) observer.server.answered(status);
    else writtenStatuses.set(halfRead, status);
    socket.write(answerText(refusal, requestId));
    socket.destroySoon();
  }

  server.on('request', ({ socket }, response) => latest.set(socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const { code: reason } = error;
    const refusal = refusalOf(reason);
    const answers = connections.answersTo(socket);
    if (refusal === null || answers === null || !socket.writable) {
      socket.destroy();
      return;
    }
    // What is still read of it is no news.
    if (ending.has(socket)) {
      socket.pause();
      return;
    }
    const response = latest.get(socket);
    // None is read behind one that is not whole.
    const halfRead = response === undefined || response.req.complete ? null : response;
    const whole = [...answers].filter((one) => one !== halfRead);
    if (whole.length > 0) {
      log.debug({ requestId: idOf(halfRead), status: null, reason }, 'broken request');
      ending.add(socket);
      endAfter(whole, socket);
      return;
    }
    // It has its answer already, or a part of it.
    if (halfRead !== null && (halfRead.headersSent || !answers.has(halfRead))) socket.destroy();
    else refuse(socket, { refusal, halfRead, reason });
  });
}

/** Reads nothing more, and closes the connection behind the last of these answers: at once where one of them is a stream that goes on. */
function endAfter(answers: readonly ServerResponse[], socket: Socket): void {
  const last = answers.at(-1);
  if (last === undefined || answers.some(({ headersSent, writableEnded }) => headersSent && !writableEnded)) {
    socket.destroy();
    return;
  }
  socket.pause();
  if (!last.headersSent) last.setHeader('connection', 'close');
  // Before the next one in the line hears of it, and begins.
  last.prependOnceListener('close', () => socket.destroySoon());
}

interface BrokenRequest {
  readonly refusal: BrokenRefusal;
  /** The one whose head was read before it broke. */
  readonly halfRead: ServerResponse | null;
  readonly reason: string | undefined;
}

/** Null: it has none yet. */
function idOf(response: ServerResponse | null): string | null {
  const id = response?.getHeader('x-request-id');
  return typeof id === 'string' ? id : null;
}

interface BrokenRefusal {
  readonly status: number;
  readonly field: 'head' | 'request';
  readonly message: string;
}

/** Null: nobody is there to read it. */
function refusalOf(code = ''): BrokenRefusal | null {
  // The client has cut its own request, as one does that goes away.
  if (code === 'HPE_INVALID_EOF_STATE') return null;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { status: 408, field: 'request', message: 'The request did not arrive in time' };
  if (code === 'HPE_HEADER_OVERFLOW') return { status: 431, field: 'head', message: "The request's head is too long" };
  return code.startsWith('HPE_') ? { status: 400, field: 'request', message: 'This is no HTTP that can be read' } : null;
}

function answerText({ status, field, message }: BrokenRefusal, requestId: string): string {
  const body = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT', field } }] });
  const headers = [
    ...securityHeaders,
    ['x-request-id', requestId],
    ['date', new Date().toUTCString()],
    ['connection', 'close'],
    ['content-type', 'application/json; charset=utf-8'],
    ['content-length', String(Buffer.byteLength(body))],
  ].map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.join('')}\r\n${body}`;
}
