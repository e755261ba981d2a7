import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DocumentCache } from '../../src/server/document-cache.ts';

const document = parse('{ a }');
const text = (name: string, length: number): string => `{${name}}`.padEnd(length);

describe('The cache of documents', () => {
  it('gives back what was put in', () => {
    const cache = new DocumentCache();
    cache.set('{ a }', document);
    expect(cache.get('{ a }')).toBe(document);
    expect(cache.get('{ b }')).toBeUndefined();
  });

  it('forgets what was not asked for the longest once the text in it is over the limit', () => {
    const cache = new DocumentCache();
    for (let index = 0; index < 64; index++) {
      cache.set(text(`n${index}`, 16 * 1024), document);
      cache.get(text('n0', 16 * 1024));
    }
    expect(cache.size).toBe(64);
    cache.set(text('another', 16 * 1024), document);
    expect(cache.size).toBe(64);
    expect(cache.get(text('n0', 16 * 1024))).toBe(document);
    expect(cache.get(text('n1', 16 * 1024))).toBeUndefined();
    expect(cache.get(text('another', 16 * 1024))).toBe(document);
  });

  it('does not take a document that would push many others out', () => {
    const cache = new DocumentCache();
    cache.set(text('long', 32 * 1024 + 1), document);
    expect(cache.size).toBe(0);
  });
});
