import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { readBody } from './body.ts';
import { buildPeerSchema, type PeerContext } from './schema.ts';
import type { Source } from './source.ts';

/** Apollo Server right on node:http: its own standalone server would add a parser of bodies and CORS to each request. */
export async function openApolloListener(openSource: () => Source): Promise<RequestListener> {
  const apollo = new ApolloServer<PeerContext>({ schema: buildPeerSchema() });
  await apollo.start();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method ?? 'POST',
        headers: new HeaderMap([['content-type', request.headers['content-type'] ?? '']]),
        search: '',
        body: JSON.parse((await readBody(request)).toString()),
      },
      context: async () => ({ source: openSource() }),
    });
    if (body.kind !== 'complete') throw new Error('An answer came in parts');
    response.statusCode = status ?? 200;
    for (const [name, value] of headers) response.setHeader(name, value);
    response.end(body.string);
  }

  return (request, response) => {
    answer(request, response).catch((error) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  };
}
