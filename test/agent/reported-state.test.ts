import { expect, it } from 'vitest';
import { reportedGuestState } from '../../src/agent/index.ts';

it.each([
  ['running', 'RUNNING'],
  ['paused', 'SUSPENDED'],
  ['pmsuspended', 'SUSPENDED'],
  ['shutdown', 'STOPPED'],
  ['shutoff', 'STOPPED'],
  ['crashed', 'ERROR'],
  ['create', 'CREATING'],
  ['Running', 'UNKNOWN'],
  ['running ', 'UNKNOWN'],
  ['blocked', 'UNKNOWN'],
  ['', 'UNKNOWN'],
  ['constructor', 'UNKNOWN'],
  [null, 'UNKNOWN'],
])('a guest that its agent calls %j is %s', (text, state) => {
  expect(reportedGuestState(text)).toBe(state);
});
