import { contractOnEtcd } from './etcd-contract.ts';

contractOnEtcd('3.5');
