/** RFC 3339, up to nanoseconds. */
const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d{1,9})?(?:[Zz]|([+-]\d\d):(\d\d))$/;

/** What Go's Time.String prints: `2026-11-22 23:00:13.313920112 +0000 UTC m=+1.319236550`; m is the reading of its monotonic clock. */
const goString =
  /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,9})? ([+-]\d\d)(\d\d) (?:[A-Za-z]+|[+-]\d+)(?: m=[+-]\d+(?:\.\d+)?)?$/;

/** Go's zero time: "not yet". */
export const zeroTime = '0001-01-01T00:00:00Z';

/**
 * The time that a text names, as RFC 3339 in UTC with the fraction digits as they were. Null when it names none: some other text, a
 * day or an hour that does not exist, a year that RFC 3339 can't write, or Go's zero time.
 */
export function toUtcDateTime(text: string): string | null {
  const parts = rfc3339.exec(text) ?? goString.exec(text);
  if (parts === null) return null;
  const [, date = '', time = '', fraction = '', offsetHours = '+00', offsetMinutes = '00'] = parts;
  const seconds = toUtcSeconds({ local: `${date}T${time}`, offsetHours, offsetMinutes });
  if (seconds === null) return null;
  const dateTime = `${seconds}${fraction}Z`;
  if (dateTime === zeroTime) return null;
  // One that is written so already is kept as it is: put together anew, it takes three times the memory.
  return dateTime === text ? text : dateTime;
}

interface LocalTime {
  /** `YYYY-MM-DDTHH:MM:SS`, as is what is answered. */
  readonly local: string;
  /** With a sign. */
  readonly offsetHours: string;
  readonly offsetMinutes: string;
}

function toUtcSeconds({ local, offsetHours, offsetMinutes }: LocalTime): string | null {
  const localMs = Date.parse(`${local}Z`);
  // Date.parse lets February 30 and 24:00 roll over to another day.
  if (Number.isNaN(localMs) || new Date(localMs).getUTCDate() !== Number(local.slice(8, 10))) return null;
  const hours = Number(offsetHours.slice(1));
  const minutes = Number(offsetMinutes);
  if (hours > 23 || minutes > 59) return null;
  const offset = hours * 60 + minutes;
  if (offset === 0) return local;
  const utc = new Date(localMs - (offsetHours.startsWith('-') ? -offset : offset) * 60_000).toISOString();
  // Years below 0 and above 9999 have a sign and six digits.
  return utc.length === 'YYYY-MM-DDTHH:MM:SS.sssZ'.length ? utc.slice(0, 19) : null;
}
