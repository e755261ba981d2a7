import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toUtcDateTime } from '../../../src/store/values/date-time.ts';

describe('toUtcDateTime', () => {
  it.each([
    ['2015-12-01T10:20:30Z', '2015-12-01T10:20:30Z'],
    ['2015-12-01t10:20:30z', '2015-12-01T10:20:30Z'],
    ['2015-12-01T10:20:30.123456789Z', '2015-12-01T10:20:30.123456789Z'],
    ['2015-12-01T10:20:30.100Z', '2015-12-01T10:20:30.100Z'],
    ['2015-12-01T05:20:30.123456789-05:00', '2015-12-01T10:20:30.123456789Z'],
    ['2015-12-01T00:20:30.5+05:30', '2015-11-30T18:50:30.5Z'],
    ['2015-12-31T23:59:59.999999999-00:01', '2016-01-01T00:00:59.999999999Z'],
    ['2016-03-01T00:30:00+01:00', '2016-02-29T23:30:00Z'],
    ['2015-12-01T10:20:30-00:00', '2015-12-01T10:20:30Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00Z'],
    ['0050-06-07T08:09:10+00:10', '0050-06-07T07:59:10Z'],
    ['0001-01-01T00:00:00.5Z', '0001-01-01T00:00:00.5Z'],
  ])('reads RFC 3339: %s', (text, expected) => {
    expect(toUtcDateTime(text)).toBe(expected);
  });

  it.each([
    ['2026-11-22 23:00:13.313920112 +0000 UTC m=+1.319236550', '2026-11-22T23:00:13.313920112Z'],
    ['2026-11-22 23:03:21.01412094 +0000 UTC m=+0.017371060', '2026-11-22T23:03:21.01412094Z'],
    ['2026-11-22 23:00:13 +0000 UTC', '2026-11-22T23:00:13Z'],
    ['2026-11-23 00:00:13.5 +0100 CET', '2026-11-22T23:00:13.5Z'],
    ['2026-11-23 00:00:13.5 +0100 CET m=+12345.000000001', '2026-11-22T23:00:13.5Z'],
    ['2026-11-22 17:30:13 -0530 -0530 m=-1.5', '2026-11-22T23:00:13Z'],
    ['2026-11-23 02:00:13 +0300 +03', '2026-11-22T23:00:13Z'],
  ])('reads what Go prints: %s', (text, expected) => {
    expect(toUtcDateTime(text)).toBe(expected);
  });

  it.each(['0001-01-01T00:00:00Z', '0001-01-01T01:00:00+01:00', '0000-12-31T19:00:00-05:00', '0001-01-01 00:00:00 +0000 UTC'])(
    'says that %s is no time yet',
    (text) => {
      expect(toUtcDateTime(text)).toBeNull();
    },
  );

  it.each([
    '',
    'alive',
    '1448965230',
    '2015-12-01',
    '2015-12-01T10:20Z',
    '2015-12-01T10:20:30',
    '2015-12-01 10:20:30Z',
    '2015-12-01T10:20:30.Z',
    '2015-12-01T10:20:30.1234567890Z',
    '2015-12-01T10:20:30,5Z',
    '2015-12-01T10:20:30+0500',
    '2015-12-01T10:20:30+24:00',
    '2015-12-01T10:20:30+05:60',
    '2015-02-29T10:20:30Z',
    '2015-02-30T10:20:30Z',
    '2015-04-31T10:20:30Z',
    '2015-13-01T10:20:30Z',
    '2015-00-01T10:20:30Z',
    '2015-12-00T10:20:30Z',
    '2015-12-32T10:20:30Z',
    '2015-12-01T24:00:00Z',
    '2015-12-01T10:60:30Z',
    '2015-12-01T10:20:60Z',
    '12015-12-01T10:20:30Z',
    '0000-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '2026-11-22 23:00:13 +0000',
    '2026-11-22 23:00:13 +0000 UTC m=1',
    '2026-02-30 23:00:13 +0000 UTC',
    '2015-12-01T10:20:30Z\n',
  ])('knows no time in %j', (text) => {
    expect(toUtcDateTime(text)).toBeNull();
  });

  it('names the same instant, keeps each digit of the fraction, and reads its own answer unchanged', () => {
    const day = fc.date({ min: new Date('0002-01-02T00:00:00Z'), max: new Date('9998-12-30T00:00:00Z'), noInvalidDate: true });
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 9 }).map((numbers) => numbers.join(''));
    fc.assert(
      fc.property(day, digits, fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }), (date, fraction, offsetMinutes) => {
        const local = date.toISOString().slice(0, 19);
        const sign = offsetMinutes < 0 ? '-' : '+';
        const hours = String(Math.floor(Math.abs(offsetMinutes) / 60)).padStart(2, '0');
        const minutes = String(Math.abs(offsetMinutes) % 60).padStart(2, '0');
        const suffix = fraction === '' ? '' : `.${fraction}`;
        const expected = new Date(Date.parse(`${local}Z`) - offsetMinutes * 60_000).toISOString().slice(0, 19);
        const utc = toUtcDateTime(`${local}${suffix}${sign}${hours}:${minutes}`);
        expect(utc).toBe(`${expected}${suffix}Z`);
        expect(toUtcDateTime(`${local.replace('T', ' ')}${suffix} ${sign}${hours}${minutes} XYZ`)).toBe(utc);
        expect(toUtcDateTime(utc ?? '')).toBe(utc);
      }),
      { numRuns: 2000 },
    );
  });
});
