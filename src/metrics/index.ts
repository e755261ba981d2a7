export { type GatewayMetrics, type MetricDescription, openMetrics } from './gateway-metrics.ts';
export type { Readings, ReplicaReading } from './reading.ts';
