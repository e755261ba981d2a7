import { describe, expect, it } from 'vitest';
import { hashOf, idOfHash, newTokenText } from '../../src/auth/token.ts';
import { TokenBook } from '../../src/auth/token-book.ts';
import { encodeTokenRecord } from '../../src/auth/token-record.ts';
import { silentLog } from '../../src/log.ts';
import type { KeyValue } from '../../src/store/store.ts';
import { createdAt, keys } from './credential.ts';

const hash = hashOf(newTokenText());
const id = idOfHash(hash);
const key = keys.token(id);

function entryAt(modRevision: number): KeyValue {
  const record = { hash, name: 'ci', role: 'viewer', hypervisorId: null, createdAt, expiresAt: null } as const;
  return { key, value: encodeTokenRecord(record), createRevision: modRevision, modRevision, version: 1, leaseId: null };
}

function openBook(): TokenBook {
  const book = new TokenBook({ folder: keys.tokens, log: silentLog });
  book.reset([], 4);
  return book;
}

describe('a token that was asked for, and revoked before the answer came', () => {
  const made = entryAt(5);

  it('is not known by the old answer, where the watch has told of its end', () => {
    const book = openBook();
    book.apply({ revision: 5, changes: [{ key, previous: null, current: made }] });
    book.apply({ revision: 6, changes: [{ key, previous: made, current: null }] });
    book.learn(made);
    book.compare([made], 5);
    expect(book.get(id)).toBeUndefined();
  });

  it('ends as soon as the watch tells of it, where the answer came first', () => {
    const book = openBook();
    book.learn(made);
    const viewer = book.get(id)?.viewer;
    let ends = 0;
    if (viewer !== undefined) book.onRevoked(viewer, () => ends++);
    book.apply({ revision: 5, changes: [{ key, previous: null, current: made }] });
    expect([book.get(id)?.viewer, ends]).toEqual([viewer, 0]);
    book.apply({ revision: 6, changes: [{ key, previous: made, current: null }] });
    expect([book.get(id), ends]).toEqual([undefined, 1]);
  });

  it('ends with the first look at all tokens that is newer', () => {
    const book = openBook();
    book.learn(made);
    // Older than the answer: it says nothing of the token.
    book.compare([], 4);
    expect(book.get(id)).toBeDefined();
    book.compare([], 6);
    expect(book.get(id)).toBeUndefined();
  });
});
