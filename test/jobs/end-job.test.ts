import { describe, expect, it } from 'vitest';
import { stateAfter } from '../../src/jobs/end-job.ts';
import { guestStates } from '../../src/store/entities/guest.ts';

const actions = ['create', 'start', 'reboot', 'restart', 'shutdown', 'poweroff', 'suspend'] as const;
const made = {
  create: 'RUNNING',
  start: 'RUNNING',
  reboot: 'RUNNING',
  restart: 'RUNNING',
  shutdown: 'STOPPED',
  poweroff: 'STOPPED',
  suspend: 'SUSPENDED',
} as const;

const placedStates = guestStates.filter((state) => state !== 'UNPLACED');
const otherThan = (...left: readonly string[]) => placedStates.filter((state) => !left.includes(state));

describe('the end of a job', () => {
  it('that went well makes the state of its action, whatever it was before', () => {
    for (const action of actions) {
      for (const state of otherThan('DELETING')) expect(stateAfter({ action, isFailed: false, state })).toBe(made[action]);
    }
  });

  it('that went well leaves the state where it says nothing of it', () => {
    for (const state of placedStates) {
      expect(stateAfter({ action: 'fetch', isFailed: false, state })).toBeNull();
      expect(stateAfter({ action: 'delete', isFailed: false, state })).toBeNull();
    }
  });

  it('that failed leaves the state, where the guest was there before', () => {
    for (const action of actions.filter((action) => action !== 'create')) {
      for (const state of otherThan('PENDING', 'CREATING')) expect(stateAfter({ action, isFailed: true, state })).toBeNull();
    }
    for (const state of otherThan('PENDING', 'CREATING'))
      expect(stateAfter({ action: 'fetch', isFailed: true, state })).toBeNull();
  });

  it('that failed leaves a guest in ERROR that was to be created, or deleted', () => {
    for (const state of otherThan('DELETING')) expect(stateAfter({ action: 'create', isFailed: true, state })).toBe('ERROR');
    for (const state of ['PENDING', 'CREATING'] as const) {
      expect(stateAfter({ action: 'fetch', isFailed: true, state })).toBe('ERROR');
    }
    for (const state of placedStates) expect(stateAfter({ action: 'delete', isFailed: true, state })).toBe('ERROR');
  });

  it('leaves a guest that is to be deleted so, unless it was that deletion', () => {
    for (const action of [...actions, 'fetch']) {
      for (const isFailed of [true, false]) expect(stateAfter({ action, isFailed, state: 'DELETING' })).toBeNull();
    }
  });

  it('says nothing of a guest that is on no hypervisor', () => {
    for (const action of [...actions, 'fetch', 'delete']) {
      for (const isFailed of [true, false]) expect(stateAfter({ action, isFailed, state: 'UNPLACED' })).toBeNull();
    }
  });
});
