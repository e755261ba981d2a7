import { Gauge, Registry } from 'prom-client';
import type { Observer } from '../observer.ts';
import { openOperationMetrics } from './operation-metrics.ts';
import { openProcessMetrics } from './process-metrics.ts';
import type { Readings } from './reading.ts';
import { openReadingMetrics } from './reading-metrics.ts';
import { openServerMetrics } from './server-metrics.ts';
import { openCommitMetrics, openReplicaWaitMetrics, openStoreMetrics } from './store-metrics.ts';
import { openAgentMetrics, openJobMetrics } from './work-metrics.ts';

export interface MetricsOptions {
  /** Of the gateway. */
  readonly version: string;
  /** Operations that always have a label of their own, such as persisted ones. */
  readonly listedOperations?: readonly string[];
}

export interface MetricDescription {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

export interface GatewayMetrics {
  /** Counts what it is told. */
  readonly observer: Observer;
  /** Of `text`. */
  readonly contentType: string;
  /** All of them now, as Prometheus reads it. */
  text(): Promise<string>;
  /** Where to look for what is not counted as it happens. Until then it is absent. */
  attach(readings: Readings): void;
  describe(): Promise<readonly MetricDescription[]>;
  close(): void;
}

/** The metrics of one gateway, and of no other one in this process. */
export function openMetrics({ version, listedOperations = [] }: MetricsOptions): GatewayMetrics {
  const registry = new Registry();
  let readings: Readings | null = null;
  const observer: Observer = {
    operations: openOperationMetrics({ registry, listedNames: listedOperations }),
    server: openServerMetrics(registry),
    store: openStoreMetrics(registry),
    replica: openReplicaWaitMetrics(registry),
    commits: openCommitMetrics(registry),
    agents: openAgentMetrics(registry),
    jobs: openJobMetrics(registry),
  };
  openReadingMetrics(registry, () => readings);
  const ofProcess = openProcessMetrics(registry);
  new Gauge({
    name: 'lochness_gateway_build_info',
    help: 'Always 1. `version`: of the gateway. `node`: of Node.js.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.version }, 1);

  return {
    observer,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    attach(given) {
      readings = given;
    },
    async describe() {
      const metrics = await registry.getMetricsAsJSON();
      const labels = new Map(registry.getMetricsAsArray().map((metric) => [metric.name, labelsOf(metric)]));
      return metrics.map(({ name, help, type }) => ({ name, help, type: String(type), labels: labels.get(name) ?? [] }));
    },
    close: ofProcess.close,
  };
}

/** prom-client keeps them, and its types do not say so. */
function labelsOf(metric: object): readonly string[] {
  return 'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [];
}
