import type { LimitConfig } from '../../config/index.ts';

/** What counts where a server is started without the limits of a configuration; a test holds it against the options' own defaults. */
export const defaultLimits: LimitConfig = {
  documentBytes: 128 * 1024,
  documentTokens: 10_000,
  depth: 20,
  aliases: 200,
  cost: 500_000,
  batch: 10,
  bodyBytes: 1024 * 1024,
  messageBytes: 1024 * 1024,
  socketOperations: 100,
  sockets: 1000,
  connections: 10_000,
  requestTimeoutMs: 30_000,
  requestsPerSecond: 1000,
  requestBurst: 5000,
};
