export { type EtcdStoreOptions, openEtcdStore } from './open.ts';
