import { describe, expect, it } from 'vitest';
import { gatewayActions, guestActions, isGatewayAction } from '../../src/resolvers/job-action.ts';
import { guestStateAfter, isActionAllowed, whyNot } from '../../src/resolvers/mutation/guest-action-rule.ts';
import { guestStates } from '../../src/store/entities/guest.ts';

describe('the state of a guest after its jobs', () => {
  it.each([
    ['RUNNING', [], 'RUNNING'],
    ['RUNNING', ['shutdown'], 'STOPPED'],
    ['RUNNING', ['poweroff'], 'STOPPED'],
    ['RUNNING', ['suspend'], 'SUSPENDED'],
    ['RUNNING', ['delete'], 'DELETING'],
    ['STOPPED', ['start'], 'RUNNING'],
    ['STOPPED', ['restart'], 'RUNNING'],
    ['SUSPENDED', ['start'], 'RUNNING'],
    ['SUSPENDED', ['reboot'], 'RUNNING'],
    ['UNKNOWN', ['start'], 'RUNNING'],
    ['ERROR', ['poweroff'], 'STOPPED'],
  ] as const)('that is %s is, after %j, %s', (state, actions, after) => {
    expect(guestStateAfter(state, actions)).toBe(after);
  });

  it.each([
    [['shutdown', 'start'], 'RUNNING'],
    [['start', 'shutdown'], 'STOPPED'],
    [['suspend', 'reboot', 'poweroff'], 'STOPPED'],
    [['poweroff', 'fetch'], 'STOPPED'],
  ] as const)('follows the last one that changes it: RUNNING, then %j, is %s', (actions, after) => {
    expect(guestStateAfter('RUNNING', actions)).toBe(after);
  });

  it.each(['PENDING', 'CREATING'] as const)('stays %s while it is created', (state) => {
    expect(guestStateAfter(state, ['fetch'])).toBe(state);
    expect(guestStateAfter(state, ['create'])).toBe(state);
  });

  it.each(['RUNNING', 'STOPPED', 'SUSPENDED', 'ERROR', 'UNKNOWN'] as const)(
    'is PENDING when a guest that is %s is to be created again, and stays what it is for a fetch alone',
    (state) => {
      expect(guestStateAfter(state, ['create'])).toBe('PENDING');
      expect(guestStateAfter(state, ['fetch'])).toBe(state);
    },
  );

  it.each(['UNPLACED', 'DELETING'] as const)('stays %s whatever is to be done', (state) => {
    expect(gatewayActions.map((action) => guestStateAfter(state, [action]))).toEqual(gatewayActions.map(() => state));
    expect(guestStateAfter('RUNNING', ['delete', 'start'])).toBe('DELETING');
  });
});

describe('an action', () => {
  const everything = ['start', 'shutdown', 'reboot', 'restart', 'poweroff', 'suspend', 'fetch'];
  const allowed = {
    UNPLACED: [],
    PENDING: [],
    CREATING: [],
    RUNNING: everything,
    STOPPED: ['start', 'restart', 'poweroff', 'fetch'],
    SUSPENDED: everything,
    DELETING: [],
    ERROR: everything,
    UNKNOWN: everything,
  };

  it.each(guestStates)('may be done to a guest that is %s as its state allows', (state) => {
    const asked = [...guestActions, 'fetch'] as const;
    expect(asked.filter((action) => isActionAllowed(state, action))).toEqual(allowed[state]);
    expect(asked.filter((action) => whyNot(state, action) === null)).toEqual(allowed[state]);
  });

  it.each(['select-hypervisor', 'Start', '', 'constructor'])("named %j is not the gateway's", (action) => {
    expect(isGatewayAction(action)).toBe(false);
  });
});
