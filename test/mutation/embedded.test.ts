import { mutationContract } from './mutation-contract.ts';
import { embeddedHome } from './mutation-space.ts';

mutationContract(embeddedHome);
