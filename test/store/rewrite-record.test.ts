import { describe, expect, it } from 'vitest';
import {
  encodeRecord,
  encodeRecords,
  encodeStringMap,
  RecordError,
  type RecordFields,
  rewriteRecord,
} from '../../src/store/codec.ts';

function rewrite(text: string, changes: RecordFields): string {
  return rewriteRecord(Buffer.from(text), changes).toString('utf8');
}

describe('encodeRecord', () => {
  it('writes fields in the order given, null as "", numbers in full, and leaves out what is undefined', () => {
    const fields = { id: 'x', ip: null, group: undefined, memory: 18446744073709551615n, portStart: 80, total: { cpu: 1n } };
    expect(encodeRecord(fields).toString()).toBe(
      '{"id":"x","ip":"","memory":18446744073709551615,"portStart":80,"total":{"cpu":1}}',
    );
  });

  it('writes a map in the order of its keys as bytes, as Go does', () => {
    const map = { b: '1', '10': '2', '9': '3', '!': '4', é: '5', '\uffff': '6', '🦕': '7', '': '8' };
    expect(encodeStringMap(map).json).toBe('{"":"8","!":"4","10":"2","9":"3","b":"1","é":"5","\uffff":"6","🦕":"7"}');
  });

  it('writes __proto__ like any other key', () => {
    const map: unknown = JSON.parse('{"__proto__":"p"}');
    expect(encodeStringMap(map as Record<string, string>).json).toBe('{"__proto__":"p"}');
  });

  it('writes half a surrogate pair as an escape, so that the record stays UTF-8', () => {
    expect(encodeRecord({ type: '\ud83e' }).toString('utf8')).toBe('{"type":"\\ud83e"}');
  });
});

describe('rewriteRecord', () => {
  it('changes the fields it is given and leaves every other byte', () => {
    const stored =
      '{ "id":"x",\n  "memory": 9007199254740993, "note" : "a\\u003cb\\/", "ip":"10.0.0.1", "10":1, "9":1.50, "ip6": [ ] }\n';
    expect(rewrite(stored, { ip: '10.0.0.2' })).toBe(
      '{ "id":"x",\n  "memory": 9007199254740993, "note" : "a\\u003cb\\/", "ip":"10.0.0.2", "10":1, "9":1.50, "ip6": [ ] }\n',
    );
  });

  it('changes nothing when there is nothing to change', () => {
    expect(rewrite('{"a":1}', {})).toBe('{"a":1}');
    expect(rewrite('{"a":1}', { a: undefined })).toBe('{"a":1}');
  });

  it('adds a field that was not there behind the others', () => {
    expect(rewrite('{"a":1 }', { b: 'x', c: 2n })).toBe('{"a":1,"b":"x","c":2 }');
    expect(rewrite(' { } ', { b: 'x', c: null })).toBe(' {"b":"x","c":"" } ');
  });

  it('writes a field that was there in another case, or several times, once and under its exact name', () => {
    expect(rewrite('{"IP":"a","x":1}', { ip: 'b' })).toBe('{"ip":"b","x":1}');
    expect(rewrite('{"IP":"a", "x":1, "ip":"c" , "Ip":"d","y":2}', { ip: 'b' })).toBe('{"ip":"b", "x":1,"y":2}');
    expect(rewrite('{"ip":"a","ip":"b"}', { ip: 'c' })).toBe('{"ip":"c"}');
    expect(rewrite('{"x":1,"ip":"a","y":2,"IP":"b"}', { ip: 'c', y: 3 })).toBe('{"x":1,"ip":"c","y":3}');
  });

  it('changes a record in the record field by field', () => {
    const stored = '{"total_resources":{"memory":18446744073709551615,"gpu":9007199254740993,"Cpu":1},"x":1}';
    expect(rewrite(stored, { total_resources: { cpu: 2n, disk: 5n } })).toBe(
      '{"total_resources":{"memory":18446744073709551615,"gpu":9007199254740993,"cpu":2,"disk":5},"x":1}',
    );
  });

  it('of a record that is there twice changes the one that counts, the last', () => {
    expect(rewrite('{"total":{"cpu":1},"TOTAL":{"cpu":2,"gpu":3}}', { total: { cpu: 4n } })).toBe('{"total":{"cpu":4,"gpu":3}}');
  });

  it('writes a record anew where there was none', () => {
    expect(rewrite('{"total":null}', { total: { cpu: 4n } })).toBe('{"total":{"cpu":4}}');
  });

  it('replaces a map and an array as a whole', () => {
    expect(
      rewrite('{"metadata":{"a":"1"},"rules":[{"x":1}]}', { metadata: encodeStringMap({ b: '2' }), rules: encodeRecords([]) }),
    ).toBe('{"metadata":{"b":"2"},"rules":[]}');
  });

  it('refuses a stored value that is no JSON object in UTF-8', () => {
    for (const text of ['', '[]', '{"a":', 'null']) expect(() => rewrite(text, { a: 1 })).toThrow(RecordError);
    expect(() => rewriteRecord(Buffer.from([0x7b, 0xff, 0x7d]), {})).toThrow(RecordError);
  });
});
