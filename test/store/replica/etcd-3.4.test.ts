import { replicaContractOnEtcd } from './replica-contract.ts';

replicaContractOnEtcd('3.4');
