export { createSampleCluster } from './create-sample-cluster.ts';
export { joinCluster } from './join-cluster.ts';
export { live } from './life.ts';
export { openHeartbeats } from './open-heartbeats.ts';
export { openRandom } from './random.ts';
export { requireSampleCluster } from './require-sample-cluster.ts';
export { isAlive } from './sample-hypervisor.ts';
export { openSimulation, type Simulation } from './simulation.ts';
