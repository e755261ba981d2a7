import type { Context } from '../../context.ts';
import { GatewayError } from '../../errors.ts';
import type { Entity } from '../../store/entities/entity.ts';
import type { DirectoryKind } from '../../store/keys.ts';
import { keyRange } from '../../store/range.ts';
import type { Compare } from '../../store/store.ts';
import { isNotNewer } from '../commit/index.ts';

/** Users that an error names at most. */
const namedUsers = 20;

export function idsOf(nodes: Iterable<Pick<Entity, 'id'>>): string[] {
  return Array.from(nodes, ({ id }) => id);
}

/** Fails with IN_USE when there are users. `what` is the subject of the message, such as "The flavor ... is used". */
export function requireUnused(what: string, userIds: Iterable<string>): void {
  const users = [...new Set(userIds)];
  if (users.length === 0) return;
  const by = users.slice(0, namedUsers);
  const more = users.length > by.length ? ` and ${users.length - by.length} more` : '';
  throw new GatewayError('IN_USE', `${what} by ${by.join(', ')}${more}`, { details: { by } });
}

/**
 * Holds while nobody began to refer to the node since the context's snapshot, in which no user of it was found. It is put by every
 * commit of a gateway that makes something refer to the node; writers that know nothing of gateways are not seen.
 */
export async function isStillUnused(context: Context, kind: DirectoryKind, id: string): Promise<Compare> {
  return isNotNewer(keyRange(context.keys.reference(kind, id)), await context.snapshot.revision());
}
