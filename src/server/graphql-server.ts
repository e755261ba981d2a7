import { execute as executeByGraphql, type GraphQLSchema } from 'graphql';
import { createYoga, type YogaServerInstance } from 'graphql-yoga';
import type { LimitConfig } from '../config/index.ts';
import type { Services } from '../context.ts';
import { answerError } from './answer-error.ts';
import { openAnswering } from './answers/index.ts';
import { useDocumentCheck } from './document-check.ts';
import { Documents } from './documents.ts';
import { graphqlPath } from './door.ts';
import { useEventStream } from './event-stream.ts';
import { type Execute, openExecutor } from './execution/index.ts';
import { type Admission, OperationCosts, openAdmission, openCallerRefusalLog, type RefusalLog } from './limits/index.ts';
import { useOperation } from './operation-plugin.ts';
import type { PersistedLookups } from './persisted-operations/index.ts';
import { openPlainRequests, type ReadCaller, type RequestHandler } from './plain-request.ts';
import { useReadParameters } from './read-parameters.ts';

export interface GraphqlServerOptions {
  readonly services: Services;
  readonly schema: GraphQLSchema;
  readonly limits: LimitConfig;
  /** How much of it one viewer may have. Default: by the limits. */
  readonly admission?: Admission;
  /** Default: one of its own. */
  readonly refusals?: RefusalLog;
  readonly debugExtensions: boolean;
  /** The documents that alone are executed. Default: null, and any is. */
  readonly persisted?: PersistedLookups | null;
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
  const { services, schema, limits, debugExtensions, jit = true, persisted = null } = options;
  const { admission = openAdmission({ limits, nowMs: () => performance.now() }) } = options;
  const { refusals = openCallerRefusalLog(services.log) } = options;
  const { bodyBytes: bodyLimitBytes, batch: batchLimit, requestTimeoutMs: stallTimeoutMs } = limits;
  const documents = new Documents(schema, limits);
  const costs = new OperationCosts({ schema, limit: limits.cost });
  const execute: Execute = jit ? openExecutor({ schema }) : executeByGraphql;
  const operationOptions = { services, execute, costs, debugExtensions };
  const yoga = createYoga<ReadCaller, ReadCaller>({
    schema,
    graphqlEndpoint: graphqlPath,
    plugins: [
      // A request -> the parameters of an operation, or a refusal.
      useReadParameters({ services, bodyLimitBytes, persisted }),
      // The text of a document -> one that fits the schema.
      useDocumentCheck({ documents, services }),
      // An operation -> its answer: context, @at, the second run after a compaction, extensions, the log line.
      useOperation(operationOptions),
      // A subscription -> server-sent events; its errors are events too.
      useEventStream(),
    ],
    maskedErrors: {
      maskError(error) {
        const answered = answerError(error, services);
        // What Yoga refuses by itself. All else was counted where it was refused.
        if (answered !== error) services.observer.operations.refused([answered.extensions.code]);
        return answered;
      },
    },
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
  const counting = { admission, refusals, bodyLimitBytes, batchLimit, stallTimeoutMs };
  const plainOptions = { ...counting, services, schema, documents, answering, persisted, stream: yoga };
  return {
    handle: openPlainRequests(plainOptions),
    handleByYoga: yoga,
    getEnveloped: yoga.getEnveloped,
    close: answering.close,
  };
}
