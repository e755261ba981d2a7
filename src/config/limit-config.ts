import type { z } from 'zod';
import type { optionValues } from './option.ts';

/** What one request, one socket and one viewer may ask of the gateway. */
export interface LimitConfig {
  readonly documentBytes: number;
  readonly documentTokens: number;
  readonly depth: number;
  readonly aliases: number;
  readonly cost: number;
  /** Operations in one request; 0: no batches. */
  readonly batch: number;
  readonly bodyBytes: number;
  readonly messageBytes: number;
  /** Under way on one WebSocket. */
  readonly socketOperations: number;
  /** WebSockets and event streams of one viewer. */
  readonly sockets: number;
  readonly connections: number;
  readonly requestTimeoutMs: number;
  /** Of one viewer; 0: no limit. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
}

type LimitValues = Pick<
  z.output<typeof optionValues>,
  | 'documentLimitBytes'
  | 'documentTokenLimit'
  | 'depthLimit'
  | 'aliasLimit'
  | 'costLimit'
  | 'batchLimit'
  | 'bodyLimitBytes'
  | 'messageLimitBytes'
  | 'socketOperationLimit'
  | 'socketLimit'
  | 'connectionLimit'
  | 'requestTimeoutSeconds'
  | 'requestsPerSecond'
  | 'requestBurst'
>;

export function limitConfig(values: LimitValues): LimitConfig {
  return {
    documentBytes: values.documentLimitBytes,
    documentTokens: values.documentTokenLimit,
    depth: values.depthLimit,
    aliases: values.aliasLimit,
    cost: values.costLimit,
    batch: values.batchLimit,
    bodyBytes: values.bodyLimitBytes,
    messageBytes: values.messageLimitBytes,
    socketOperations: values.socketOperationLimit,
    sockets: values.socketLimit,
    connections: values.connectionLimit,
    requestTimeoutMs: values.requestTimeoutSeconds * 1000,
    requestsPerSecond: values.requestsPerSecond,
    requestBurst: values.requestBurst,
  };
}
