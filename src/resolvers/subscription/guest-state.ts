import type { Context } from '../../context.ts';
import { GatewayError } from '../../errors.ts';
import { changeTypeOf, type NodeVersion } from '../../store/changes/index.ts';
import type { GuestState } from '../../store/entities/guest.ts';
import type { NodeEvent } from './event-node.ts';
import { type GuestStreamArguments, isOfGuest, openGuestSelection } from './guest.ts';
import { type Events, placeOf, subscribe } from './subscribe.ts';

export interface GuestStateEvent extends NodeEvent<'GUEST'> {
  /** Null: it was created. */
  readonly from: GuestState | null;
  /** Null: it was deleted. */
  readonly to: GuestState | null;
}

/** Each commit that made a guest's state another one. */
export function subscribeToGuestStates(context: Context, args: GuestStreamArguments): Events<GuestStateEvent> {
  const { touches, passes } = openGuestSelection(args.filter);
  return subscribe<GuestStateEvent>(context, args, {
    touches: (change) => touches(change) && changeTypeOf(change) !== null,
    async judge(change, commit) {
      if (!isOfGuest(change)) return null;
      const versions = await commit.versionsOf(change);
      const from = stateOf(versions.before);
      const to = stateOf(versions.after);
      if (from === to || !(await passes(versions, commit))) return null;
      return { ...placeOf(change), kind: change.kind, name: change.name, after: versions.after, from, to };
    },
  });
}

function stateOf(version: NodeVersion<'GUEST'>): GuestState | null {
  if (version === null) return null;
  // What can't be read tells nothing of its state.
  return version instanceof GatewayError ? 'UNKNOWN' : version.state;
}
