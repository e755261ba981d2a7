import { mutationContract } from './mutation-contract.ts';
import { replicaHome } from './mutation-space.ts';

mutationContract(replicaHome);
