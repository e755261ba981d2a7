import type { Context } from '../context.ts';
import { subkeys } from '../store/keys.ts';
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
export async function getGuestKeys(context: Context, guest: DirectoryOwner): Promise<GuestKeys> {
  const [state, jobs, reservation] = await Promise.all([
    getBelow(context, guest, subkeys.state),
    getBelow(context, guest, subkeys.jobs),
    getBelow(context, guest, subkeys.reservation),
  ]);
  return { state, jobs, reservation };
}
