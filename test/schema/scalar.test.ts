import { GraphQLError, isScalarType, parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../support/gateway-schema.ts';

function scalar(name: string) {
  const type = schema.getType(name);
  if (!isScalarType(type)) throw new Error(`${name} is no scalar`);
  return {
    /** Of a variable's value. */
    value: (value: unknown): unknown => type.parseValue(value),
    /** Of a literal in a document. */
    literal: (text: string, variables?: Record<string, unknown>): unknown => type.parseLiteral(parseValue(text), variables),
    /** As it is in an answer. */
    answer: (value: unknown): unknown => JSON.parse(JSON.stringify(type.serialize(value))),
  };
}

function refusal(ask: () => unknown): { message: string; code: unknown } {
  try {
    ask();
  } catch (error) {
    if (error instanceof GraphQLError) return { message: error.message, code: error.extensions.code };
    throw error;
  }
  throw new Error('It was accepted');
}

describe('IPAddress', () => {
  const { value, literal, answer } = scalar('IPAddress');

  it('reads any spelling into the canonical one', () => {
    expect(value('10.0.0.1')).toBe('10.0.0.1');
    expect(value('2001:0DB8:0:0::1')).toBe('2001:db8::1');
    expect(literal('"::ffff:10.0.0.1"')).toBe('10.0.0.1');
    expect(answer('2001:db8::1')).toBe('2001:db8::1');
  });

  it.each(['10.0.0', '10.0.0.256', '10.0.0.01', '10.0.0.1/8', 'fe80::1%eth0', '', ' 10.0.0.1', 1, null, ['10.0.0.1']])(
    'refuses %j, naming it and what is allowed',
    (wrong) => {
      const { message, code } = refusal(() => value(wrong));
      expect(message).toBe(
        `${JSON.stringify(wrong)} is not allowed here: it must be an IPv4 or IPv6 address, such as "10.10.1.1" or "2001:db8::1"`,
      );
      expect(code).toBe('BAD_USER_INPUT');
    },
  );

  it('refuses a literal that is no string', () => {
    expect(refusal(() => literal('10')).message).toContain('"10" is not allowed here');
    expect(refusal(() => literal('{ ip: "10.0.0.1" }')).code).toBe('BAD_USER_INPUT');
  });
});

describe('CIDR', () => {
  const { value, literal } = scalar('CIDR');

  it('reads a network whose host bits are zero', () => {
    expect(value('10.0.0.0/8')).toBe('10.0.0.0/8');
    expect(literal('"2001:DB8::/32"')).toBe('2001:db8::/32');
    expect(value('10.1.2.3/32')).toBe('10.1.2.3/32');
    expect(value('0.0.0.0/0')).toBe('0.0.0.0/0');
  });

  it.each(['10.0.0.1/8', '2001:db8::1/64', '10.0.0.0', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/'])('refuses %j', (wrong) => {
    const { message, code } = refusal(() => value(wrong));
    expect(message).toContain(`"${wrong}" is not allowed here: it must be a network in prefix notation whose host bits are zero`);
    expect(code).toBe('BAD_USER_INPUT');
  });
});

describe('MACAddress', () => {
  const { value } = scalar('MACAddress');

  it('reads 6, 8 and 20 octets into lower case with colons', () => {
    expect(value('DE-AD-BE-EF-7F-21')).toBe('de:ad:be:ef:7f:21');
    expect(value('0200.5e10.0000.0001')).toBe('02:00:5e:10:00:00:00:01');
    const long = '00:00:00:00:fe:80:00:00:00:00:00:00:02:00:5e:10:00:00:00:01';
    expect(value(long)).toBe(long);
  });

  it.each(['de:ad:be:ef:7f', 'de:ad:be:ef:7f:2g', 'deadbeef7f21', 42])('refuses %j', (wrong) => {
    expect(refusal(() => value(wrong)).message).toContain('is not allowed here: it must be a MAC address of 6, 8 or 20 octets');
  });
});

describe('BigInt', () => {
  const { value, literal, answer } = scalar('BigInt');

  it('answers a number while it is safe, else its digits', () => {
    expect(answer(0n)).toBe(0);
    expect(answer(9007199254740991n)).toBe(9007199254740991);
    expect(answer(9007199254740992n)).toBe('9007199254740992');
    expect(answer(18446744073709551615n)).toBe('18446744073709551615');
    expect(answer(-9007199254740992n)).toBe('-9007199254740992');
  });

  it('reads numbers and digits, in variables and in literals, exactly', () => {
    expect(value(42)).toBe(42n);
    expect(value('18446744073709551615')).toBe(18446744073709551615n);
    expect(literal('18446744073709551615')).toBe(18446744073709551615n);
    expect(literal('"9007199254740993"')).toBe(9007199254740993n);
    expect(literal('-1')).toBe(-1n);
    expect(value('340282366920938463463374607431768211456')).toBe(2n ** 128n);
  });

  it.each([9007199254740992, 1.5, Number.NaN, '1e3', '0x10', '', ' 1', '1'.repeat(40), true, null, [1]])(
    'refuses %s',
    (wrong) => {
      const { message, code } = refusal(() => value(wrong));
      expect(message).toContain('is not allowed here: it must be an integer of at most 39 digits');
      expect(code).toBe('BAD_USER_INPUT');
    },
  );

  it('refuses a literal with a fraction', () => {
    expect(refusal(() => literal('1.0')).message).toContain('"1.0" is not allowed here');
  });
});

describe('Revision', () => {
  const { value, literal, answer } = scalar('Revision');

  it('answers a string, and reads that or a number', () => {
    expect(answer(123)).toBe('123');
    expect(value('123')).toBe(123);
    expect(value(123)).toBe(123);
    expect(literal('123')).toBe(123);
    expect(literal('"123"')).toBe(123);
  });

  it.each([0, -1, 1.5, '0', '-1', '007', '1.0', '', '9007199254740992', 9007199254740992, '123.0', null])(
    'refuses %j',
    (wrong) => {
      const { message, code } = refusal(() => value(wrong));
      expect(message).toContain('is not allowed here: it must be a store revision: a whole number from 1');
      expect(code).toBe('BAD_USER_INPUT');
    },
  );
});

describe('StringMap', () => {
  const { value, literal, answer } = scalar('StringMap');

  it('reads an object of strings, as a variable and as a literal', () => {
    expect(value({ rack: 'r1', '': 'empty key' })).toEqual({ rack: 'r1', '': 'empty key' });
    expect(literal('{ rack: "r1", note: "" }')).toEqual({ rack: 'r1', note: '' });
    expect(value({})).toEqual({});
  });

  it('takes variables inside of a literal, and leaves out the key of one that is not given', () => {
    expect(literal('{ rack: $rack, note: $note }', { rack: 'r1' })).toEqual({ rack: 'r1' });
  });

  it('keeps keys that objects inherit as keys of its own', () => {
    const hostile = JSON.parse('{ "__proto__": "p", "constructor": "c", "toString": "t" }');
    const map = value(hostile);
    expect(Object.entries(map ?? {})).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['toString', 't'],
    ]);
    expect(Object.getPrototypeOf(map)).toBe(Object.prototype);
    expect(Object.entries(literal('{ __proto__: "p" }') ?? {})).toEqual([['__proto__', 'p']]);
    expect(JSON.stringify(answer(map))).toBe('{"__proto__":"p","constructor":"c","toString":"t"}');
  });

  it.each([{ n: 1 }, { n: null }, { n: { m: 'x' } }, ['x'], 'x', 1, null])('refuses %j', (wrong) => {
    expect(refusal(() => value(wrong)).message).toContain('it must be an object whose values are all strings');
  });

  it.each(['{ n: 1 }', '{ n: null }', '{ n: { m: "x" } }', '["x"]', '"x"', 'X'])('refuses the literal %s', (wrong) => {
    const { message, code } = refusal(() => literal(wrong));
    expect(message).toContain('it must be an object whose values are all strings');
    expect(code).toBe('BAD_USER_INPUT');
  });

  it('refuses a variable inside of a literal that is no string', () => {
    expect(refusal(() => literal('{ rack: $rack }', { rack: 1 })).message).toContain('{"rack":1} is not allowed here');
  });
});

describe('StringMapPatch', () => {
  const { value, literal } = scalar('StringMapPatch');

  it('reads strings, and nulls that remove a key', () => {
    expect(value({ rack: 'r2', note: null })).toEqual({ rack: 'r2', note: null });
    expect(literal('{ rack: "r2", note: null }')).toEqual({ rack: 'r2', note: null });
  });

  it('refuses everything else', () => {
    expect(refusal(() => value({ rack: 1 })).message).toContain(
      '{"rack":1} is not allowed here: it must be an object whose values are strings, or null',
    );
    expect(refusal(() => literal('{ rack: true }')).code).toBe('BAD_USER_INPUT');
  });
});

describe('DateTime', () => {
  const { value, literal, answer } = scalar('DateTime');

  it('answers the text of the store, with its nanoseconds', () => {
    expect(answer('2026-11-22T23:00:13.313920112Z')).toBe('2026-11-22T23:00:13.313920112Z');
  });

  it('reads RFC 3339 with any offset', () => {
    expect(value('2026-11-22T23:00:13Z')).toEqual(new Date('2026-11-22T23:00:13Z'));
    expect(literal('"2026-11-22T23:00:13.5+01:00"')).toEqual(new Date('2026-11-22T22:00:13.5Z'));
  });

  it.each(['2026-11-22', '2026-02-30T00:00:00Z', '2026-11-22T25:00:00Z', 'now', 0, null])('refuses %j', (wrong) => {
    const { message, code } = refusal(() => value(wrong));
    expect(message).toContain(`${JSON.stringify(wrong)} is not allowed here: it must be a time as RFC 3339 writes it`);
    expect(code).toBe('BAD_USER_INPUT');
  });
});

describe('a message about a long value', () => {
  it('quotes its beginning only', () => {
    expect(refusal(() => scalar('IPAddress').value('x'.repeat(10_000))).message.length).toBeLessThan(200);
    expect(refusal(() => scalar('StringMap').value(Array(10_000).fill(1))).message.length).toBeLessThan(200);
  });
});
