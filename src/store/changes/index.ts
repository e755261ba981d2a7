export { ChangeFeed, type ChangeFeedOptions } from './change-feed.ts';
export type { ChangeStream, Selection } from './change-stream.ts';
export type { Commit } from './commit.ts';
export { type ChangeType, changeBelow, changeTypeOf, type NodeChange } from './node-change.ts';
export type { NodeVersion, NodeVersions } from './node-version.ts';
