import { describe, expect, it } from 'vitest';
import { jsonMembers } from '../../src/store/json-member.ts';

function sources(text: string): [string, string][] {
  return jsonMembers(text).map(({ name, valueStart, end }) => [name, text.slice(valueStart, end)]);
}

describe('jsonMembers', () => {
  it('finds each member of an object in document order, repeated ones too, with its value as written', () => {
    expect(sources(' {"b" : 1.0 ,\n"a":"x, \\"}","10":[1,{"}":2}] , "b":{"a":[]},"":null}\t')).toEqual([
      ['b', '1.0'],
      ['a', '"x, \\"}"'],
      ['10', '[1,{"}":2}]'],
      ['b', '{"a":[]}'],
      ['', 'null'],
    ]);
  });

  it('reads the escapes of a name', () => {
    expect(sources('{"\\u0069\\"\\\\":true}')).toEqual([['i"\\', 'true']]);
  });

  it('finds each element of an array', () => {
    expect(sources('[1e3 , "],", [ ], {"a":1}\n]')).toEqual([
      ['', '1e3'],
      ['', '"],"'],
      ['', '[ ]'],
      ['', '{"a":1}'],
    ]);
  });

  it('finds nothing where there is nothing', () => {
    expect(sources('{}')).toEqual([]);
    expect(sources(' [ ] ')).toEqual([]);
  });
});
