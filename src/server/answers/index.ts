export { type Answer, type Answering, openAnswering } from './answering.ts';
export { isNamed } from './entity-tag.ts';
