export { createSampleCluster } from './create-sample-cluster.ts';
export { openHeartbeats } from './heartbeats.ts';
