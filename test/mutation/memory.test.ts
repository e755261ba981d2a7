import { mutationContract } from './mutation-contract.ts';
import { memoryHome } from './mutation-space.ts';

mutationContract(memoryHome);
