import type { Store, Write } from '../../src/store/store.ts';

const concurrentCommits = 8;

/** Writes many keys quickly, in commits of as many as fit; in no certain order. */
export async function load(store: Store, entries: Iterable<readonly [key: string, value: string | Buffer]>): Promise<void> {
  const commits = chunksOf(entries);
  const worker = async () => {
    for (const writes of commits) await store.commit({ compares: [], writes });
  };
  await Promise.all(Array.from({ length: concurrentCommits }, worker));
}

function* chunksOf(entries: Iterable<readonly [string, string | Buffer]>): Generator<Write[]> {
  let writes: Write[] = [];
  let bytes = 0;
  for (const [key, text] of entries) {
    const value = Buffer.from(text);
    if (writes.length === 128 || bytes + value.length > 900_000) {
      yield writes;
      writes = [];
      bytes = 0;
    }
    writes.push({ type: 'put', key, value });
    bytes += key.length + value.length;
  }
  if (writes.length > 0) yield writes;
}
