import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type ErrorCode, errorCodes } from '../errors.ts';
import type { OperationObserver } from '../observer.ts';
import { latencyBuckets } from './bucket.ts';
import { OperationNames } from './operation-name.ts';

export interface OperationMetricsOptions {
  readonly registry: Registry;
  /** Names that always have a label of their own. */
  readonly listedNames: readonly string[];
}

/** What is told of operations, and of documents that never became one. */
export function openOperationMetrics({ registry, listedNames }: OperationMetricsOptions): OperationObserver {
  const registers = [registry];
  const names = new OperationNames(listedNames);
  const operations = new Counter({
    name: 'lochness_gateway_operations_total',
    help: 'Operations that came to their end. `operation`: the name; anonymous without one, other for names beyond the first 200, refused for what never became an operation. `kind`: query, mutation, subscription, refused. `outcome`: ok, error (with any error in the answer), aborted (the client went away), refused (never became an operation).',
    labelNames: ['operation', 'kind', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'lochness_gateway_operation_duration_seconds',
    help: 'How long queries and mutations took, from their beginning to their answer, the wait for the store included.',
    labelNames: ['operation', 'kind'],
    buckets: latencyBuckets,
    registers,
  });
  const errors = new Counter({
    name: 'lochness_gateway_errors_total',
    help: 'Operations with at least one error of this code. `kind`: query, mutation, subscription, refused (a request that never became an operation). `code`: as in `extensions.code`.',
    labelNames: ['kind', 'code'],
    registers,
  });
  const reused = new Counter({
    name: 'lochness_gateway_answers_reused_total',
    help: 'Queries that were answered from what was answered before at the same revision, 304 included.',
    registers,
  });
  const subscribers = new Gauge({
    name: 'lochness_gateway_subscribers',
    help: 'Subscriptions that are open. `field`: of the schema. `transport`: websocket, or http for server-sent events.',
    labelNames: ['field', 'transport'],
    registers,
  });
  const events = new Counter({
    name: 'lochness_gateway_subscription_events_total',
    help: 'Events that subscriptions told, each as it is told.',
    registers,
  });

  const countEvent = (): void => events.inc();

  return {
    ended({ name, kind, outcome, seconds, codes, isReused }) {
      const operation = names.labelOf(name);
      const kindLabel = kind ?? 'refused';
      operations.inc({ operation, kind: kindLabel, outcome });
      // A subscription lasts as long as its client likes.
      if (kind !== 'subscription') durations.observe({ operation, kind: kindLabel }, seconds);
      if (isReused) reused.inc();
      for (const code of codes) errors.inc({ kind: kindLabel, code: labelOf(code) });
    },
    refused(codes) {
      operations.inc({ operation: 'refused', kind: 'refused', outcome: 'refused' });
      for (const code of new Set(codes)) errors.inc({ kind: 'refused', code: labelOf(code) });
    },
    beginSubscription(field, transport) {
      const labels = { field, transport };
      subscribers.inc(labels);
      return { told: countEvent, end: () => subscribers.dec(labels) };
    },
  };
}

const known: ReadonlySet<string> = new Set<ErrorCode>(errorCodes);

/** No text that is not ours becomes a label. */
function labelOf(code: string): string {
  return known.has(code) ? code : 'OTHER';
}
