export { loadPersistedOperations, PersistedOperationsError } from './load.ts';
export type { PersistedOperations } from './persisted-operations.ts';
export { requestedDocument } from './requested-document.ts';
