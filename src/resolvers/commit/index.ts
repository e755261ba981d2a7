export { type Committed, commit } from './commit.ts';
export type { Answer, Change, Decide, Decision, Reference, Result, Step } from './decision.ts';
export { isAbsent, isEmpty, isNotNewer, isPresent, isStill, isUnchanged, recordKey } from './guard.ts';
export { beginMutation, type Mutation } from './mutation.ts';
export { put, putLink, remove, removeAll, rewrite } from './write.ts';
