import type { GraphQLSchema } from 'graphql';
import { createYoga, type YogaServerInstance } from 'graphql-yoga';
import type { Services } from '../context.ts';
import { answerError } from './answer-error.ts';
import type { Caller } from './caller.ts';
import { DocumentCache, noErrorCache } from './document-cache.ts';
import { useDocumentCheck } from './document-check.ts';
import { graphqlPath } from './door.ts';
import { useEventStream } from './event-stream.ts';
import { useOperation } from './operation.ts';
import { useRequestParameters } from './request-parameters.ts';

export interface GraphqlServerOptions {
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly bodyLimitBytes: number;
  readonly debugExtensions: boolean;
}

/** From a request that came through the door to its answer. The plugins are its life, in order. */
export function openGraphqlServer(options: GraphqlServerOptions): YogaServerInstance<Caller, Caller> {
  const { services, schema, bodyLimitBytes, debugExtensions } = options;
  return createYoga<Caller, Caller>({
    schema,
    graphqlEndpoint: graphqlPath,
    plugins: [
      // A request -> the parameters of an operation, or a refusal.
      useRequestParameters({ bodyLimitBytes }),
      // The text of a document -> one that fits the schema.
      useDocumentCheck(services),
      // An operation -> its answer: context, @at, the second run after a compaction, extensions, the log line.
      useOperation({ services, debugExtensions }),
      // A subscription -> server-sent events; its errors are events too.
      useEventStream(),
    ],
    maskedErrors: { maskError: (error) => answerError(error, services) },
    parserAndValidationCache: { documentCache: new DocumentCache(), errorCache: noErrorCache },
    logging: false,
    batching: false,
    multipart: false,
    // The gateway has its own, above and at the door. Yoga looks for the end of an address: none ends in "#".
    maxRequestBodySize: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    healthCheckEndpoint: '#',
  });
}
