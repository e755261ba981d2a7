import type { Context } from '../context.ts';
import { badUserInput } from '../errors.ts';
import type { Entity } from '../store/entities/entity.ts';
import { highestTag, tagOf } from '../store/entities/vlan.ts';
import { type NodeKind, nodeId, nodeKinds } from '../store/keys.ts';
import type { MaybePromise } from '../store/maybe-promise.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { quote } from './quote.ts';

export const largestNodeCount = 1000;

/** The kinds whose nodes have a UUID, in the order in which they come first where one UUID is stored in two. */
const uuidKinds = nodeKinds.filter((kind): kind is Exclude<NodeKind, 'VLAN' | 'CONFIG'> => kind !== 'VLAN' && kind !== 'CONFIG');

const vlanPrefix = nodeId('VLAN', '');
const configPrefix = nodeId('CONFIG', '');

export function getNode(context: Context, id: string): Promise<Entity | null> {
  return findNode(context, 'id', id);
}

/** One for each id, in their order. One that can't be had fails alone. */
export function getNodes(context: Context, ids: readonly string[]): Promise<Entity | null>[] {
  if (ids.length > largestNodeCount)
    throw badUserInput('ids', `${ids.length} ids were given: at most ${largestNodeCount} are allowed`);
  return ids.map((id) => findNode(context, 'ids', id));
}

async function findNode(context: Context, field: string, id: string): Promise<Entity | null> {
  const { loaders } = context;
  const canonical = canonicalNodeId(field, id);
  if (canonical.startsWith(vlanPrefix)) return loaders.VLAN.get(canonical.slice(vlanPrefix.length));
  if (canonical.startsWith(configPrefix)) return loaders.CONFIG.get(canonical.slice(configPrefix.length));
  // First the keys as the Go tools spell them, of all kinds in one wave: only where there is none are other spellings worth a look.
  return (
    (await firstOf((kind) => loaders[kind].getAsSpelled(canonical))) ?? (await firstOf((kind) => loaders[kind].get(canonical)))
  );
}

type UuidKind = (typeof uuidKinds)[number];

async function firstOf(read: (kind: UuidKind) => MaybePromise<Entity | null>): Promise<Entity | null> {
  const results = await Promise.allSettled(uuidKinds.map(read));
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason;
    if (result.value !== null) return result.value;
  }
  return null;
}

/** The one spelling of a node's id. Fails with BAD_USER_INPUT when it is none. */
export function canonicalNodeId(field: string, id: string): string {
  if (id.startsWith(vlanPrefix)) return nodeId('VLAN', vlanNameOfId(field, id));
  if (id.startsWith(configPrefix) && id !== configPrefix) return id;
  const uuid = canonicalUuid(id);
  if (uuid === null) {
    throw badUserInput(field, `${quote(id)} is no node's id: that is a UUID, "${vlanPrefix}<tag>" or "${configPrefix}<key>"`);
  }
  return uuid;
}

function vlanNameOfId(field: string, id: string): string {
  const name = id.slice(vlanPrefix.length);
  if (tagOf(name) === null) {
    throw badUserInput(field, `${quote(id)} is no VLAN's id: that is "${vlanPrefix}" and a tag from 1 to ${highestTag}`);
  }
  return name;
}
