import type { Guest } from '../../store/entities/guest.ts';
import { subkeys } from '../../store/keys.ts';
import type { Compare } from '../../store/store.ts';
import { isStill, isUnchanged } from '../commit/index.ts';
import type { GuestKeys } from '../guest-keys.ts';

/** The guest is as it was read, and so are the gateway's own keys of it: nobody placed it, gave it a job, or reserved it an address. */
export function guestIsStill(guest: Guest, { state, jobs, reservation }: GuestKeys): Compare[] {
  return [
    isUnchanged(guest),
    isStill(guest.directory + subkeys.state, state),
    isStill(guest.directory + subkeys.jobs, jobs),
    isStill(guest.directory + subkeys.reservation, reservation),
  ];
}
