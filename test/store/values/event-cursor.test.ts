import { describe, expect, it } from 'vitest';
import { isBehindCursor, parseEventCursor, printEventCursor, wholeRevisionOf } from '../../../src/store/values/event-cursor.ts';

describe('An event cursor', () => {
  it.each(['1', '4711', '4711.0', '9007199254740991.12'])('%s is printed as it was read', (text) => {
    const cursor = parseEventCursor(text);
    expect(cursor === null ? null : printEventCursor(cursor)).toBe(text);
  });

  it.each(['', '0', '01', '-1', '1.', '.1', '1.01', '1.-1', '1.1.1', ' 1', '1 ', '1e3', '9007199254740993', '1.1234567890', 'x'])(
    '%j is none',
    (text) => expect(parseEventCursor(text)).toBeNull(),
  );

  it('stands behind all of its revision, or behind one change of it', () => {
    const whole = { revision: 5, index: null };
    const middle = { revision: 5, index: 1 };
    const behind = (cursor: typeof whole | typeof middle) =>
      [
        { revision: 4, index: 9 },
        { revision: 5, index: 0 },
        { revision: 5, index: 1 },
        { revision: 5, index: 2 },
        { revision: 6, index: 0 },
      ].filter((place) => isBehindCursor(place, cursor));
    expect(behind(whole)).toEqual([{ revision: 6, index: 0 }]);
    expect(behind(middle)).toEqual([
      { revision: 5, index: 2 },
      { revision: 6, index: 0 },
    ]);
    expect([wholeRevisionOf(whole), wholeRevisionOf(middle)]).toEqual([5, 4]);
  });
});
