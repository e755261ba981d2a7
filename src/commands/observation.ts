import type { ServeConfig } from '../config/index.ts';
import { type Logger, openLog } from '../log.ts';
import { type GatewayMetrics, openMetrics } from '../metrics/index.ts';
import type { Observer } from '../observer.ts';
import { noTracer, openTracer, type Tracer, tracedObserver, traceFields } from '../tracing/index.ts';
import { packageVersion } from './version.ts';

/** All by which a gateway is seen from outside: its log, its metrics, its traces. */
export interface Observation {
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly tracer: Tracer;
  /** Tells both of what happens. */
  readonly observer: Observer;
  /** Sends the traces that are left, as long as a stop may wait for that. */
  close(): Promise<void>;
}

export interface ObservationOptions {
  readonly config: Pick<ServeConfig, 'logLevel' | 'tracing' | 'drainTimeoutMs'>;
  /** Operations that always have a label of their own. */
  readonly listedOperations?: readonly string[];
}

/** For a collector that does not answer. */
const flushTimeoutMs = 3000;

export async function openObservation({ config, listedOperations = [] }: ObservationOptions): Promise<Observation> {
  const version = packageVersion();
  let tracer = noTracer;
  const log = openLog(config.logLevel, config.tracing === null ? {} : { mixin: () => traceFields(tracer) });
  tracer = await openTracer({ tracing: config.tracing, version, log });
  const metrics = openMetrics({ version, listedOperations });
  const observer = tracer.isOn ? tracedObserver(metrics.observer, tracer) : metrics.observer;
  return {
    log,
    metrics,
    tracer,
    observer,
    async close() {
      metrics.close();
      await tracer.close(Math.min(flushTimeoutMs, config.drainTimeoutMs));
    },
  };
}
