import { describe, expect, it } from 'vitest';
import { decodeHeartbeat } from '../../../src/store/entities/heartbeat.ts';
import { entry } from './fixture.ts';

describe('decodeHeartbeat', () => {
  it.each([
    ['2026-11-22 23:00:13.313920112 +0000 UTC m=+1.319236550', '2026-11-22T23:00:13.313920112Z'],
    ['2026-11-22T23:00:13Z', '2026-11-22T23:00:13Z'],
    ['alive', null],
    ['', null],
  ])('shows %j as stored, and the time that it names', (value, at) => {
    expect(decodeHeartbeat(entry('h', value, { leaseId: '42' }))).toEqual({ value, at, revision: 7, leaseId: '42' });
  });

  it('is one though its bytes are no text', () => {
    expect(decodeHeartbeat(entry('h', Buffer.from([0x61, 0xff])))).toEqual({
      value: 'a\ufffd',
      at: null,
      revision: 7,
      leaseId: null,
    });
  });
});
