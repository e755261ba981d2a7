import type { Context } from '../../context.ts';
import { GatewayError, hasErrorCode } from '../../errors.ts';
import { type Keys, type NodeKind, nodeId, nodeKinds } from '../../store/keys.ts';
import type { Compare } from '../../store/store.ts';
import { isAbsent } from '../commit/index.ts';
import { uuidOf } from '../id.ts';
import { nounOf } from '../require.ts';
import type { Argument } from './given.ts';

/** Ids are unique over all of these. */
const uuidKinds = nodeKinds.filter((kind): kind is Exclude<NodeKind, 'VLAN' | 'CONFIG'> => kind !== 'VLAN' && kind !== 'CONFIG');

/** The id that the client chose, or a new one. Fails with ALREADY_EXISTS when a node of any kind has it. */
export async function idOfNewNode(context: Context, given: Argument<string>): Promise<string> {
  if (given === null || given === undefined) return context.newId();
  const id = uuidOf('id', given);
  const taken = await Promise.all(uuidKinds.map(async (kind) => ((await isTaken(context, kind, id)) ? kind : null)));
  for (const kind of taken) if (kind !== null) throw alreadyExists(kind, id);
  return id;
}

/** Holds while no node of any kind has the id: what `idOfNewNode` rested on, and that a new id is as new as it should be. */
export function isNewId(keys: Keys, id: string): Compare[] {
  return uuidKinds.map((kind) => isAbsent(keys.record(kind, id)));
}

/** `name` is a UUID, or a VLAN's tag. */
export function alreadyExists(kind: NodeKind, name: string): GatewayError {
  const id = nodeId(kind, name);
  return new GatewayError('ALREADY_EXISTS', `There is a ${nounOf(kind)} ${name} already`, { details: { kind, id } });
}

/** A record that can't be read takes its name too. */
export async function isTaken(context: Context, kind: NodeKind, name: string): Promise<boolean> {
  try {
    return (await context.loaders[kind].get(name)) !== null;
  } catch (error) {
    if (hasErrorCode(error, 'BROKEN_RECORD')) return true;
    throw error;
  }
}
