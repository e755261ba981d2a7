import { describe, expect, it } from 'vitest';
import { decodeText, RecordError, type RecordReader, readRecord, type TextFormat } from '../../src/store/codec.ts';

const shout: TextFormat<string> = {
  noun: 'word in lower case',
  read: (text) => (/^[a-z]+$/.test(text) ? text.toUpperCase() : null),
};

function read(text: string): RecordReader {
  return readRecord(Buffer.from(text));
}

function reasonOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RecordError) return error.message;
    throw error;
  }
  throw new Error('It did not fail');
}

describe('readRecord', () => {
  it('reads any JSON: white space, escapes, and the characters that Go escapes', () => {
    const record = read('\n{ "type" :\t"\\u003ca\\u003e \\u0026 \\u2028 \\ud83e\\udd95 \\"\\\\\\/ é" }\r\n');
    expect(record.text('type')).toBe('<a> & \u2028 🦕 "\\/ é');
  });

  it.each([
    ['', 'it is empty'],
    ['  \n', 'it is empty'],
    ['null', 'it is null, which is no JSON object'],
    ['5', 'it is 5, which is no JSON object'],
    ['"text"', 'it is "text", which is no JSON object'],
    ['[{}]', 'it is [{}], which is no JSON object'],
  ])('refuses %j: %s', (text, reason) => {
    expect(reasonOf(() => read(text))).toBe(reason);
  });

  it.each(['{', '{"a":1,}', "{'a':1}", '{"a":01}', '{"a":1} x', '\ufeff{}', '{"a":NaN}'])(
    'refuses %j, which is not JSON',
    (text) => {
      expect(reasonOf(() => read(text))).toMatch(/^it is not JSON: /);
    },
  );

  it('refuses bytes that are not UTF-8', () => {
    expect(reasonOf(() => readRecord(Buffer.from('{"type":"\xff"}', 'latin1')))).toBe('it is not UTF-8');
    expect(reasonOf(() => decodeText(Buffer.from([0xc3])))).toBe('it is not UTF-8');
  });

  it('is not brought down by brackets a million deep', () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    expect(read(`{"unknown":${deep},"type":"kvm"}`).text('type')).toBe('kvm');
    expect(reasonOf(() => read(`{"metadata":{"a":${deep}}}`).stringMap('metadata'))).toMatch(
      /^metadata\.a is \[\[.*\.\.\., which is no text$/,
    );
    expect(reasonOf(() => read('['.repeat(1_000_000)))).toMatch(/^it is not JSON/);
  });
});

describe('names of fields', () => {
  it('count whatever their case, as in Go', () => {
    expect(read('{"TYPE":"kvm"}').text('type')).toBe('kvm');
    expect(read('{"Total_Resources":{"Memory":7}}').record('total_resources').unsigned('memory', 64)).toBe(7n);
    expect(read('{"portstart":80}').unsigned('portStart', 31)).toBe(80n);
    expect(read('{"di\u017fk":8}').unsigned('disk', 64)).toBe(8n);
    expect(read('{"dis\u212a":9}').unsigned('disk', 64)).toBe(9n);
  });

  it('do not count with a dotted I or a sharp s, which Go takes for other letters', () => {
    expect(read('{"\u0130P":"a","\u0131p":"b"}').text('ip')).toBe('');
    expect(read('{"acce\u00df":"a"}').text('access')).toBe('');
  });

  it('count where they are last in the document, exact or not', () => {
    expect(read('{"ip":"a","IP":"b"}').text('ip')).toBe('b');
    expect(read('{"IP":"a","ip":"b"}').text('ip')).toBe('b');
    expect(read('{"ip":"a","ip":"b"}').text('ip')).toBe('b');
    expect(read('{"ip":"a","IP":"b","ip":"c"}').text('ip')).toBe('c');
    expect(read('{"\\u0049P":"a","ip":"b","\\u0069P":"c"}').text('ip')).toBe('c');
  });

  it('disturb nothing when they are unknown', () => {
    expect(read('{"Owner":{"type":1},"createdBy":[1.5e3],"type":"kvm","__proto__":{"type":"x"}}').text('type')).toBe('kvm');
    expect(read('{"__proto__":{"type":"x"},"constructor":1}').text('type')).toBe('');
  });
});

describe('texts', () => {
  it('are "" where they are absent or null', () => {
    expect(read('{}').text('type')).toBe('');
    expect(read('{"type":null}').text('type')).toBe('');
    expect(read('{"Type":null}').text('type')).toBe('');
  });

  it('are null where a format is asked for and there is none', () => {
    expect(read('{}').optional('type', shout)).toBeNull();
    expect(read('{"type":""}').optional('type', shout)).toBeNull();
    expect(read('{"type":"kvm"}').optional('type', shout)).toBe('KVM');
  });

  it.each([
    ['{"type":5}', 'type is 5, which is no text'],
    ['{"Type":5}', 'type is 5, which is no text'],
    ['{"type":true}', 'type is true, which is no text'],
    ['{"type":["kvm"]}', 'type is ["kvm"], which is no text'],
    ['{"type":{"a": 1e3}}', 'type is {"a": 1e3}, which is no text'],
  ])('are refused in %s', (text, reason) => {
    expect(reasonOf(() => read(text).text('type'))).toBe(reason);
  });

  it('are quoted in the reason why they are refused, at most 60 characters of them', () => {
    expect(reasonOf(() => read('{"type":"K"}').optional('type', shout))).toBe('type is "K", which is no word in lower case');
    expect(reasonOf(() => read(`{"type":"${'K'.repeat(100)}"}`).optional('type', shout))).toBe(
      `type is "${'K'.repeat(59)}..., which is no word in lower case`,
    );
  });

  it('are missing when one is required', () => {
    expect(read('{"type":"kvm"}').required('type', shout)).toBe('KVM');
    for (const text of ['{}', '{"type":""}', '{"type":null}']) {
      expect(reasonOf(() => read(text).required('type', shout))).toBe('type is missing');
    }
  });
});

describe('numbers', () => {
  it.each<[string, bigint]>([
    ['0', 0n],
    ['4096', 4096n],
    ['9007199254740991', 9007199254740991n],
    ['9007199254740992', 9007199254740992n],
    ['9007199254740993', 9007199254740993n],
    ['18446744073709551615', 18446744073709551615n],
    ['null', 0n],
  ])('are exact: %s', (source, expected) => {
    expect(read(`{"memory":${source}}`).unsigned('memory', 64)).toBe(expected);
    expect(read(`{"unknown":1.5,"Memory" : ${source} }`).unsigned('memory', 64)).toBe(expected);
  });

  it('are 0 where they are absent', () => {
    expect(read('{}').unsigned('memory', 64)).toBe(0n);
  });

  it.each([
    '-1',
    '-0',
    '-18446744073709551615',
    '18446744073709551616',
    '100000000000000000000000000',
    '1e3',
    '1E3',
    '1.0',
    '0.5',
    '1e400',
    '9007199254740990.9',
    '"1"',
    '""',
    'true',
    '[1]',
    '{}',
  ])('are refused when they are written %s', (source) => {
    const reason = `memory is ${source}, which is no unsigned 64-bit number`;
    expect(reasonOf(() => read(`{"memory":${source}}`).unsigned('memory', 64))).toBe(reason);
    expect(reasonOf(() => read(`{\n  "memory" : ${source}\n}`).unsigned('memory', 64))).toBe(reason);
    expect(reasonOf(() => read(`{"a":{"memory":${source}}}`).record('a').unsigned('memory', 64))).toBe(`a.${reason}`);
  });

  it('have the bits that were asked for', () => {
    expect(read('{"cpu":4294967295}').unsigned('cpu', 32)).toBe(4294967295n);
    expect(reasonOf(() => read('{"cpu":4294967296}').unsigned('cpu', 32))).toBe(
      'cpu is 4294967296, which is no unsigned 32-bit number',
    );
    expect(read('{"port":2147483647}').unsigned('port', 31)).toBe(2147483647n);
    expect(reasonOf(() => read('{"port":2147483648}').unsigned('port', 31))).toMatch(/31-bit/);
  });

  it('are not mistaken for another one that stands in a text', () => {
    const record = read('{"mac":"02:4e:40:4f:6a:b0","note":"\\":1e3, \\"memory\\":5.5","memory":7}');
    expect(record.unsigned('memory', 64)).toBe(7n);
  });
});

describe('maps of texts', () => {
  it('are empty where they are absent or null', () => {
    expect(read('{}').stringMap('metadata')).toEqual({});
    expect(read('{"metadata":null}').stringMap('metadata')).toEqual({});
    expect(Object.isFrozen(read('{}').stringMap('metadata'))).toBe(true);
  });

  it('have any text as a key', () => {
    const metadata = read('{"metadata":{"":"empty","name":"x","10":"a","9":"b","ünï 🦕":"c","A.b/c":"d"}}').stringMap('metadata');
    expect(metadata).toEqual({ '': 'empty', name: 'x', '10': 'a', '9': 'b', 'ünï 🦕': 'c', 'A.b/c': 'd' });
  });

  it('keep keys such as __proto__ as plain data and touch no prototype', () => {
    for (const other of ['"x"', 'null']) {
      const metadata = read(`{"metadata":{"__proto__":"p","constructor":"c","toString":"t","other":${other}}}`).stringMap(
        'metadata',
      );
      expect(Object.keys(metadata)).toEqual(['__proto__', 'constructor', 'toString', 'other']);
      expect(Object.getOwnPropertyDescriptor(metadata, '__proto__')?.value).toBe('p');
      expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    }
    expect(reasonOf(() => read('{"metadata":{"__proto__":{"polluted":"yes"}}}').stringMap('metadata'))).toBe(
      'metadata.__proto__ is {"polluted":"yes"}, which is no text',
    );
    expect('polluted' in {}).toBe(false);
  });

  it('have "" for null, as in Go', () => {
    expect(read('{"metadata":{"a":null,"b":"c"}}').stringMap('metadata')).toEqual({ a: '', b: 'c' });
  });

  it.each([
    ['{"metadata":[]}', 'metadata is [], which is no object'],
    ['{"metadata":"x"}', 'metadata is "x", which is no object'],
    ['{"metadata":{"a":1.50}}', 'metadata.a is 1.50, which is no text'],
    ['{"metadata":{"a":"1","a":true}}', 'metadata.a is true, which is no text'],
    ['{"metadata":{"a":null,"b":{}}}', 'metadata.b is {}, which is no text'],
  ])('are refused in %s', (text, reason) => {
    expect(reasonOf(() => read(text).stringMap('metadata'))).toBe(reason);
  });
});

describe('records in a record', () => {
  it('have no fields where they are absent or null', () => {
    expect(read('{}').record('total_resources').unsigned('memory', 64)).toBe(0n);
    expect(read('{"total_resources":null}').record('total_resources').unsigned('memory', 64)).toBe(0n);
    expect(reasonOf(() => read('{"total_resources":5}').record('total_resources'))).toBe(
      'total_resources is 5, which is no object',
    );
  });

  it('may be in an array, each named by its place', () => {
    const rules = read('{"rules":[ {"a":"x"} , {"a":18446744073709551615},{"A":-1}]}').records('rules');
    expect(rules).toHaveLength(3);
    expect(rules[0]?.text('a')).toBe('x');
    expect(rules[1]?.unsigned('a', 64)).toBe(18446744073709551615n);
    expect(reasonOf(() => rules[2]?.unsigned('a', 64))).toBe('rules[2].a is -1, which is no unsigned 64-bit number');
  });

  it('are none where an array is absent, null or empty', () => {
    for (const text of ['{}', '{"rules":null}', '{"rules":[]}']) expect(read(text).records('rules')).toEqual([]);
  });

  it('must be records', () => {
    expect(reasonOf(() => read('{"rules":{}}').records('rules'))).toBe('rules is {}, which is no array');
    expect(reasonOf(() => read('{"rules":[{},null]}').records('rules'))).toBe('rules[1] is null, which is no object');
  });
});
