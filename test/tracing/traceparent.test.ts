import { describe, expect, it } from 'vitest';
import { parseTraceparent, printTraceparent } from '../../src/tracing/traceparent.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

describe('traceparent', () => {
  it('is read and written as W3C has it', () => {
    const text = `00-${traceId}-${spanId}-01`;
    const context = parseTraceparent(text);
    expect(context).toEqual({ traceId, spanId, traceFlags: 1, isRemote: true });
    expect(context === null ? null : printTraceparent(context)).toBe(text);
    expect(parseTraceparent(`00-${traceId}-${spanId}-00`)).toMatchObject({ traceFlags: 0 });
  });

  it('may say more in a later version, of which all but the sampled flag is passed over', () => {
    expect(parseTraceparent(`01-${traceId}-${spanId}-03-more`)).toMatchObject({ traceId, traceFlags: 1 });
  });

  it.each([
    null,
    '',
    'none',
    `00-${traceId}-${spanId}`,
    `00-${traceId}-${spanId}-01-more`,
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId}-${spanId}-01\nx`,
  ])('is none where it is not valid: %j', (text) => {
    expect(parseTraceparent(text)).toBeNull();
  });
});
