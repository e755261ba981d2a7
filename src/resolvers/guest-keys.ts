import type { Context } from '../context.ts';
import { subkeys } from '../store/keys.ts';
import { allThere, type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import type { KeyValue } from '../store/store.ts';
import { type DirectoryOwner, getBelow } from './below.ts';

/** The gateway's own keys in a guest's directory, as stored; null for one that is absent. */
export interface GuestKeys {
  readonly state: KeyValue | null;
  /** Says which job is its newest: it changes with every commit that writes, starts or ends a job of the guest. */
  readonly jobs: KeyValue | null;
  readonly reservation: KeyValue | null;
}

/** They come with the guest: reading them costs nothing more. */
export function getGuestKeys(context: Context, guest: DirectoryOwner): MaybePromise<GuestKeys> {
  const names = [subkeys.state, subkeys.jobs, subkeys.reservation];
  const entries = allThere(names.map((name) => getBelow(context, guest, name)));
  return whenThere(entries, ([state = null, jobs = null, reservation = null]) => ({ state, jobs, reservation }));
}
