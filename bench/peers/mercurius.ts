import { fastify } from 'fastify';
import mercurius from 'mercurius';
import { buildPeerSchema } from './schema.ts';
import type { Source } from './source.ts';

/** Compiles a document when it comes the second time. */
export async function startMercurius(openSource: () => Source): Promise<string> {
  const app = fastify();
  await app.register(mercurius, { schema: buildPeerSchema(), jit: 1, context: () => ({ source: openSource() }) });
  return `${await app.listen({ port: 0, host: '127.0.0.1' })}/graphql`;
}
