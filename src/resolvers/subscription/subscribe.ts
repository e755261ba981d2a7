import type { Context } from '../../context.ts';
import { badUserInput } from '../../errors.ts';
import type { ChangeStream, NodeChange, Selection } from '../../store/changes/index.ts';
import type { Revision } from '../../store/store.ts';
import { type EventCursor, printEventCursor } from '../../store/values/event-cursor.ts';
import type { Given } from '../filter.ts';

/** What every event has. */
export interface SubscriptionEvent {
  /** The one of its commit: what it leads to is read there. */
  readonly revision: Revision;
  readonly cursor: EventCursor;
}

export interface StreamArguments {
  readonly after?: Given<EventCursor>;
  readonly until?: Given<Revision>;
}

export type Events<E extends SubscriptionEvent> = Promise<ChangeStream<E>>;

/** Begins behind `after`; without it, behind the newest revision now. */
export async function subscribe<E extends SubscriptionEvent>(
  context: Context,
  args: StreamArguments,
  selection: Selection<E>,
): Events<E> {
  const newest = await context.snapshot.revision();
  const after = args.after ?? { revision: newest, index: null };
  if (after.revision > newest) {
    throw badUserInput('after', `${printEventCursor(after)} is not reached yet: the newest revision is ${newest}`);
  }
  return context.changes.subscribe({ selection, after, newest, until: args.until ?? null, signal: context.signal });
}

/** What an event has from the change that it tells of. */
export function placeOf({ revision, index }: NodeChange): SubscriptionEvent {
  return { revision, cursor: { revision, index } };
}
