export { type Answer, type Answering, openAnswering } from './answering.ts';
