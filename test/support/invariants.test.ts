import { describe, expect, it } from 'vitest';
import { changed, flavorRecord, foreign, guestRecord, hypervisor, key, options } from './invariants/valid-keyspace.ts';
import { invariantViolations } from './invariants.ts';

describe('the checker of invariants', () => {
  it('finds nothing wrong in what is right', () => {
    expect(invariantViolations(changed({}), options)).toEqual([]);
    expect(invariantViolations({})).toEqual([]);
  });

  it('lets a plain writer be cut between its three writes, and nobody else', () => {
    const cut = [
      changed({ [key.foreign]: null, [key.foreignLink]: null }),
      changed({ [key.foreign]: null }),
      changed({ [key.foreign]: guestRecord({ id: foreign }) }),
    ];
    for (const entries of cut) {
      expect(invariantViolations(entries, options)).toEqual([]);
      expect(invariantViolations(entries)).not.toEqual([]);
    }
    expect(invariantViolations(changed({}))).toEqual([
      `${key.foreign}: it is placed and has no state`,
      `${key.foreign}: it is placed and has no job`,
    ]);
  });

  it('lets only those hypervisors be overcommitted that may be', () => {
    const entries = changed({ [key.flavor]: flavorRecord({ memory: 101 }) });
    expect(invariantViolations(entries, options)).toEqual([
      `${key.hypervisor}: its guests have 202 MB of memory, more than its 200`,
    ]);
    expect(invariantViolations(entries, { ...options, mayOvercommit: new Set([hypervisor]) })).toEqual([]);
  });
});
