import type { Context } from '../../context.ts';
import { changeBelow, type NodeChange } from '../../store/changes/index.ts';
import { decodeHeartbeat, type Heartbeat } from '../../store/entities/heartbeat.ts';
import { subkeys } from '../../store/keys.ts';
import type { KeyValue } from '../../store/store.ts';
import type { Given } from '../filter.ts';
import { uuidOf } from '../id.ts';
import { type Events, placeOf, type StreamArguments, type SubscriptionEvent, subscribe } from './subscribe.ts';

export const heartbeatStatuses = ['ALIVE', 'BEAT', 'DEAD'] as const;
export type HeartbeatStatus = (typeof heartbeatStatuses)[number];

export interface HeartbeatStreamArguments extends StreamArguments {
  readonly hypervisorIds?: Given<readonly string[]>;
  readonly beats: boolean;
}

export interface HeartbeatEvent extends SubscriptionEvent {
  readonly status: HeartbeatStatus;
  readonly hypervisorId: string;
  /** Null for DEAD. */
  readonly entry: KeyValue | null;
}

/** Whatever becomes of a heartbeat key. What it says is in the commit itself: nothing is read. */
export function subscribeToHeartbeats(context: Context, args: HeartbeatStreamArguments): Events<HeartbeatEvent> {
  const ids = args.hypervisorIds?.map((id) => uuidOf('hypervisorIds', id));
  const names = ids && new Set(ids);
  return subscribe<HeartbeatEvent>(context, args, {
    touches(change) {
      if (change.kind !== 'HYPERVISOR' || names?.has(change.name) === false) return false;
      const status = statusOf(change);
      return status !== null && (args.beats || status !== 'BEAT');
    },
    judge(change) {
      const status = statusOf(change);
      if (status === null) return null;
      const entry = changeBelow(change, subkeys.heartbeat)?.current ?? null;
      return { ...placeOf(change), status, hypervisorId: change.name, entry };
    },
  });
}

export function heartbeatOfEvent({ entry }: HeartbeatEvent): Heartbeat | null {
  return entry === null ? null : decodeHeartbeat(entry);
}

/** Null when the commit left the heartbeat alone. */
function statusOf(change: NodeChange): HeartbeatStatus | null {
  const heartbeat = changeBelow(change, subkeys.heartbeat);
  if (heartbeat === undefined) return null;
  if (heartbeat.current === null) return 'DEAD';
  return heartbeat.previous === null ? 'ALIVE' : 'BEAT';
}
