import { execute as executeByGraphql, type GraphQLSchema } from 'graphql';
import { createYoga, type YogaServerInstance } from 'graphql-yoga';
import type { Services } from '../context.ts';
import { answerError } from './answer-error.ts';
import { openAnswering } from './answers/index.ts';
import { useDocumentCheck } from './document-check.ts';
import { Documents } from './documents.ts';
import { graphqlPath } from './door.ts';
import { useEventStream } from './event-stream.ts';
import { type Execute, openExecutor } from './execution/index.ts';
import { useOperation } from './operation.ts';
import { openPlainRequests, type ReadCaller, type RequestHandler } from './plain-request.ts';
import { useReadParameters } from './read-parameters.ts';

export interface GraphqlServerOptions {
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly bodyLimitBytes: number;
  readonly debugExtensions: boolean;
  /** Executes queries that come again and again by a plan that is made once. Default: true. */
  readonly jit?: boolean;
}

export interface GraphqlServer {
  /** From a request that came through the door to its answer. */
  readonly handle: RequestHandler;
  /** The same, answered by Yoga whatever it is: what it answers and what `handle` answers is one and the same. */
  readonly handleByYoga: RequestHandler;
  /** For operations that come by another way than HTTP. */
  readonly getEnveloped: YogaServerInstance<ReadCaller, ReadCaller>['getEnveloped'];
  close(): void;
}

/**
 * What comes as one JSON document goes the short way (plain-request.ts), all else through Yoga, whose plugins are its life, in order. Both
 * have the same documents, and run operations by the same function.
 */
export function openGraphqlServer(options: GraphqlServerOptions): GraphqlServer {
  const { services, schema, bodyLimitBytes, debugExtensions, jit = true } = options;
  const documents = new Documents(schema);
  const execute: Execute = jit ? openExecutor({ schema }) : executeByGraphql;
  const operationOptions = { services, execute, debugExtensions };
  const yoga = createYoga<ReadCaller, ReadCaller>({
    schema,
    graphqlEndpoint: graphqlPath,
    plugins: [
      // A request -> the parameters of an operation, or a refusal.
      useReadParameters({ bodyLimitBytes }),
      // The text of a document -> one that fits the schema.
      useDocumentCheck({ documents, log: services.log }),
      // An operation -> its answer: context, @at, the second run after a compaction, extensions, the log line.
      useOperation(operationOptions),
      // A subscription -> server-sent events; its errors are events too.
      useEventStream(),
    ],
    maskedErrors: { maskError: (error) => answerError(error, services) },
    // The gateway has its own of all of these, above and at the door. Yoga looks for the end of an address: none ends in "#".
    parserAndValidationCache: false,
    logging: false,
    batching: false,
    multipart: false,
    maxRequestBodySize: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    healthCheckEndpoint: '#',
  });
  const answering = openAnswering({ ...operationOptions, schema });
  return {
    handle: openPlainRequests({ services, schema, documents, answering, bodyLimitBytes, stream: yoga }),
    handleByYoga: yoga,
    getEnveloped: yoga.getEnveloped,
    close: answering.close,
  };
}
