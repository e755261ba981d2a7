import { describe, expect, it } from 'vitest';
import { decodeMark, encodeMark } from '../../src/jobs/mark.ts';

const newestJobId = '9f86d081-884c-4d65-a2fe-aa0c55ad015a';

describe('a mark', () => {
  it('says in plain words what was there before', () => {
    expect(encodeMark({ newestJobId: null, knewGuest: false })).toBe('none');
    expect(encodeMark({ newestJobId, knewGuest: false })).toBe(newestJobId);
    expect(encodeMark({ newestJobId, knewGuest: true })).toBe(`knew guest, ${newestJobId}`);
    expect(encodeMark({ newestJobId: null, knewGuest: true })).toBe('knew guest, none');
  });

  it('is read as it was written', () => {
    for (const id of [newestJobId, null, 'an agent may name its jobs, as it likes']) {
      for (const knewGuest of [true, false]) {
        expect(decodeMark(encodeMark({ newestJobId: id, knewGuest }))).toEqual({ newestJobId: id, knewGuest });
      }
    }
  });
});
