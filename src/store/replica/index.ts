export type { ReplicaMemory } from './replica-memory.ts';
export { ReplicaStore } from './replica-store.ts';
