export { ReplicaStore } from './replica-store.ts';
