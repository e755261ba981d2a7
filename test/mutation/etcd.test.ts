import { mutationContract } from './mutation-contract.ts';
import { etcdHome } from './mutation-space.ts';

mutationContract(etcdHome);
