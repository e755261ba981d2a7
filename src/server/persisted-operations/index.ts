export { loadPersistedOperations, PersistedOperationsError } from './load.ts';
export type { PersistedLookup, PersistedLookups, PersistedOperations } from './persisted-operations.ts';
export { requestedDocument } from './requested-document.ts';
