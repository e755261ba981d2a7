import { describe, expect, it } from 'vitest';
import { compareState, type Sighting } from '../../src/jobs/state-comparison.ts';
import type { ObservedGuestState, RecordedGuestState } from '../../src/store/entities/guest-state.ts';

function recorded(state: RecordedGuestState, before: RecordedGuestState | null = null): ObservedGuestState {
  return { state, observedAt: '2026-11-27T00:00:00.000Z', before };
}

const says = (reported: string | null): Sighting => ({ reported });

/** What becomes of a record, as `STATE`, `STATE (word)` or `STATE before STATE`; null where nothing is written. */
function next(state: ObservedGuestState, sighting: Sighting, lastDone: string | null = null): string | null {
  const written = compareState({ recorded: state, sighting, lastDone });
  if (written === null) return null;
  const before = written.before === undefined ? '' : ` before ${written.before}`;
  return written.state + (written.reported === null ? '' : ` (${written.reported})`) + before;
}

const settledStates = ['RUNNING', 'STOPPED', 'SUSPENDED', 'ERROR'] as const;

describe('a guest whose agent tells its state', () => {
  it.each([
    ['running', 'RUNNING'],
    ['paused', 'SUSPENDED'],
    ['pmsuspended', 'SUSPENDED'],
    ['shutdown', 'STOPPED'],
    ['shutoff', 'STOPPED'],
    ['crashed', 'ERROR'],
  ] as const)('that is "%s" becomes %s, with the word, and is not written where it is so already', (word, state) => {
    for (const other of [...settledStates, 'UNKNOWN', 'PENDING', 'CREATING', 'DELETING'] as const) {
      expect(next(recorded(other), says(word))).toBe(other === state ? null : `${state} (${word})`);
    }
  });

  it('is not written for another word that means the same', () => {
    expect(next(recorded('SUSPENDED'), says('pmsuspended'))).toBeNull();
    expect(next(recorded('STOPPED'), says('shutdown'))).toBeNull();
  });

  it('comes back from UNKNOWN to what it is now, whatever it was before', () => {
    expect(next(recorded('UNKNOWN', 'RUNNING'), says('shutoff'))).toBe('STOPPED (shutoff)');
    expect(next(recorded('UNKNOWN', 'RUNNING'), says('running'))).toBe('RUNNING (running)');
    expect(next(recorded('UNKNOWN'), says('running'))).toBe('RUNNING (running)');
  });
});

describe('a guest whose agent says a word that nobody knows, or none', () => {
  it.each([['dying'], [null]])('such as %j becomes UNKNOWN once, and keeps what it was', (word) => {
    expect(next(recorded('RUNNING'), says(word))).toBe(`UNKNOWN${word === null ? '' : ` (${word})`} before RUNNING`);
    expect(next(recorded('UNKNOWN', 'RUNNING'), says(word))).toBeNull();
    expect(next(recorded('UNKNOWN'), says(word))).toBeNull();
  });
});

describe('a guest that its agent does not know', () => {
  it('is in ERROR, and is not written again', () => {
    for (const state of ['RUNNING', 'STOPPED', 'SUSPENDED', 'UNKNOWN'] as const)
      expect(next(recorded(state), 'missing')).toBe('ERROR');
    expect(next(recorded('ERROR'), 'missing')).toBeNull();
    expect(next(recorded('UNKNOWN', 'RUNNING'), 'missing')).toBe('ERROR');
  });
});

describe('a guest whose hypervisor is silent', () => {
  it('becomes UNKNOWN once, and keeps what it was', () => {
    for (const state of settledStates) expect(next(recorded(state), 'silent')).toBe(`UNKNOWN before ${state}`);
    expect(next(recorded('UNKNOWN', 'RUNNING'), 'silent')).toBeNull();
  });

  it('stays as it is where nobody ever knew its state', () => {
    expect(next({ state: 'UNKNOWN', observedAt: null, before: null }, 'silent')).toBeNull();
  });
});

describe('a guest whose agent says "create" of all that it has', () => {
  const create = says('create');

  it('keeps the state that it has', () => {
    for (const state of settledStates) expect(next(recorded(state), create, 'start')).toBeNull();
  });

  it('comes back from UNKNOWN to what it was', () => {
    for (const state of settledStates) expect(next(recorded('UNKNOWN', state), create)).toBe(`${state} (create)`);
  });

  it('is what its last job made it where nobody knows what it was', () => {
    expect(next(recorded('UNKNOWN'), create, 'create')).toBe('RUNNING (create)');
    expect(next(recorded('UNKNOWN'), create, 'poweroff')).toBe('STOPPED (create)');
    expect(next(recorded('UNKNOWN'), create, 'suspend')).toBe('SUSPENDED (create)');
    expect(next(recorded('CREATING'), create, 'create')).toBe('RUNNING (create)');
  });

  it('stays UNKNOWN where no job tells either', () => {
    expect(next(recorded('UNKNOWN'), create)).toBeNull();
    expect(next(recorded('UNKNOWN'), create, 'fetch')).toBeNull();
    expect(next(recorded('CREATING'), create)).toBeNull();
  });
});
