import type { Context } from '../context.ts';
import type { BrokenRecord } from '../store/broken-record.ts';
import { nodeKinds } from '../store/keys.ts';

/** Every record of every kind that can't be read, by key. */
export async function listBrokenRecords(context: Context): Promise<readonly BrokenRecord[]> {
  await Promise.all(nodeKinds.map((kind) => context.loaders[kind].list()));
  return [...context.loaders.broken.all].sort((a, b) => (a.key < b.key ? -1 : 1));
}
