import type { GuestState } from '../../store/entities/guest.ts';
import type { GatewayAction, GuestAction } from '../job-action.ts';

/** The state that a guest comes to when these are done to it, one after the other. */
export function guestStateAfter(state: GuestState, actions: readonly GatewayAction[]): GuestState {
  return actions.reduce(stateAfterOne, state);
}

function stateAfterOne(state: GuestState, action: GatewayAction): GuestState {
  // Nothing can be done to a guest that is nowhere, and nothing comes after its deletion.
  if (state === 'UNPLACED' || state === 'DELETING') return state;
  switch (action) {
    case 'fetch':
      return state;
    case 'create':
      // In any other state it is one that is tried again: until it is done there is no guest to do anything to.
      return state === 'CREATING' ? state : 'PENDING';
    case 'delete':
      return 'DELETING';
    case 'start':
    case 'reboot':
    case 'restart':
      return 'RUNNING';
    case 'shutdown':
    case 'poweroff':
      return 'STOPPED';
    case 'suspend':
      return 'SUSPENDED';
  }
}

/** What can be asked for while the guest is on its hypervisor; a `fetch` of its image too. */
export type AskedAction = GuestAction | 'fetch';

/** In these there is no guest yet, or none any more. While it is created its image is being fetched already. */
const notThere: Readonly<Partial<Record<GuestState, string>>> = {
  UNPLACED: 'no hypervisor has it',
  PENDING: 'the job that creates it is not done',
  CREATING: 'the job that creates it is not done',
  DELETING: 'it is to be deleted',
};
/** What a guest does itself: one that is stopped does nothing. */
const needsRunning: ReadonlySet<AskedAction> = new Set(['shutdown', 'reboot', 'suspend']);

/** What speaks against it; null when nothing does. Where the state is not known, or it crashed, any action may be the one that helps. */
export function whyNot(state: GuestState, action: AskedAction): string | null {
  if (state === 'STOPPED' && needsRunning.has(action)) return 'it does not run';
  return notThere[state] ?? null;
}

export function isActionAllowed(state: GuestState, action: AskedAction): boolean {
  return whyNot(state, action) === null;
}
