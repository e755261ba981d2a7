export { type Execute, openExecutor } from './executor.ts';
