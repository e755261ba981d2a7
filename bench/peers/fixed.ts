import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { readBody } from './body.ts';

/** What node:http itself costs: each POST is answered by the same bytes, those that were PUT last. */
export function openFixedListener(): RequestListener {
  let answer: Buffer = Buffer.from('{}');

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (request.method === 'PUT') answer = body;
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.setHeader('content-length', answer.byteLength);
    response.end(answer);
  }

  return (request, response) => void respond(request, response);
}
