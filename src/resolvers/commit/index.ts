export { commit } from './commit.ts';
export type { Answer, Change, Decision, Reference, Step } from './decision.ts';
export { isAbsent, isNotNewer, isPresent, isStill, isUnchanged, recordKey } from './guard.ts';
export { beginMutation, type Mutation } from './mutation.ts';
export { put, putLink, remove, removeAll, rewrite, storedRecord } from './write.ts';
