import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasTooManyValues, type JsonValue, parseJson, printJson, valueLimit } from '../../src/agent/json-text.ts';

describe('JSON', () => {
  it('is printed as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // Any JSON value is one, but for the types of the library.
        expect(printJson(value as JsonValue)).toBe(JSON.stringify(value));
      }),
    );
  });

  it('is read as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.integer({ min: 0, max: 4 }), (value, indent) => {
        const text = JSON.stringify([value, '"#1', 12_345_678_901_234], null, indent);
        const read = parseJson(text) as JsonValue;
        // Doubles of 2^53 and more are bigints there; as JSON they are the same.
        expect(JSON.parse(printJson(read))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps integers of any size', () => {
    const limit = 10n ** 39n - 1n;
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('#', '##9007199254740993', '\\"', '"9007199254740993'));
    fc.assert(
      fc.property(fc.bigInt({ min: -limit, max: limit }), texts, (number, text) => {
        const isSafe = Number.isSafeInteger(Number(number));
        const printed = printJson({ [text]: text, number, list: [number, text] });
        const read = isSafe ? Number(number) : number;
        expect(parseJson(printed)).toEqual({ [text]: text, number: read, list: [read, text] });
      }),
    );
  });

  it.each(['', '{', '[1,]', '01', '12345678901234567890 1', '"12345678901234567890', '[0123456789012345678]'])(
    'is not what %j is',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  it('is read in time and space, whatever stands in it', () => {
    const long = '\\"'.repeat(2_000_000);
    expect(parseJson(`["${long}",12345678901234567890]`)).toEqual(['"'.repeat(2_000_000), 12_345_678_901_234_567_890n]);
    expect(() => parseJson(`["12345678901234567890","${long}`)).toThrow(SyntaxError);
    const growing = Array.from({ length: 5500 }, (_, length) => '#'.repeat(length));
    expect(parseJson(`[12345678901234567890,${JSON.stringify(growing)}]`)).toEqual([12_345_678_901_234_567_890n, growing]);
    const digits = '9'.repeat(5_000_000);
    expect(parseJson(`[${digits}]`)).toEqual([Number.POSITIVE_INFINITY]);
  });

  it.each(['1,', '{},', '[[],{}],', '[', '{"":'])('has too many values when it has more than half a million of %j', (part) => {
    const countOf = (text: string) => [...text].filter((character) => ',[{'.includes(character)).length;
    const most = Math.floor(valueLimit / countOf(part));
    expect(hasTooManyValues(part.repeat(most))).toBe(false);
    expect(hasTooManyValues(part.repeat(most + 1))).toBe(true);
  });

  it('has not too many values where it is one long text', () => {
    expect(hasTooManyValues(JSON.stringify('a'.repeat(10 * valueLimit)))).toBe(false);
  });

  it('has few enough of them where ten thousand guests are listed with all that an agent says of one', () => {
    const guest = {
      ...{ id: 'c', type: 'kvm', image: 'i', state: 'running', memory: 512, cpu: 1, vnc: 5900, metadata: { name: 'web' } },
      nics: [
        { name: 'eth0', network: 'br0', model: '', mac: '', address: '', netmask: '', gateway: '', device: '', vlans: [1, 2] },
      ],
      disks: [{ bus: 'virtio', device: 'vda', size: 8192, volume: '', image: '', source: '' }],
    };
    expect(hasTooManyValues(JSON.stringify(Array.from({ length: 10_000 }, () => guest)))).toBe(false);
  });
});
