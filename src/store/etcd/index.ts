export { type EtcdStoreOptions, openEtcdStore } from './open.ts';
export { isProgressTrue } from './watch-attachment.ts';
