import { memoryHome } from '../mutation/mutation-space.ts';
import { subscriptionContract } from './subscription-contract.ts';

subscriptionContract(memoryHome);
