import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Revision, Write } from '../../src/store/store.ts';
import { openEvents } from '../subscription/event-reader.ts';
import { type GatewaySchema, openGatewaySchema, prefix } from '../support/gateway-schema.ts';
import { guestRecord, id } from '../support/record.ts';

type Entry = readonly [key: string, value: string | null];

/** A few guests that come, change and go in commits of several keys; null takes the key away. */
const guests = [1, 2, 3].map((number) => id('c', number));
const stateRecord = (state: string) => JSON.stringify({ state, observed_at: '' });
const record = fc
  .record({
    hypervisor: fc.constantFrom('', id('d', 1), id('d', 2)),
    network: fc.constantFrom(id('a', 1), id('a', 2)),
    metadata: fc.constantFrom({}, { name: 'web' }),
  })
  .map((fields) => guestRecord(fields));
const state = fc.constantFrom('RUNNING', 'STOPPED', 'PENDING').map(stateRecord);
const orNot = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 3 });
const ofGuest = (name: string) => fc.constantFrom(...guests.map((guest) => `guests/${guest}/${name}`));
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.tuple(ofGuest('metadata'), orNot(record)),
  fc.tuple(ofGuest('state'), orNot(state)),
  fc.tuple(fc.constantFrom('config/a', `hypervisors/${id('d', 1)}/guests/${guests[0]}`), fc.constant('')),
);
const commits = fc.array(fc.array(entry, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12 });

/** The last guest: every filter finds it, so that a test knows when it has seen all. */
const lastGuest = id('c', 9);
const lastEntries = {
  [`guests/${lastGuest}/metadata`]: guestRecord({ hypervisor: id('d', 1), network: id('a', 2), metadata: { name: 'web' } }),
  [`guests/${lastGuest}/state`]: stateRecord('RUNNING'),
};
const filters = [
  null,
  { placed: true },
  { hypervisorId: id('d', 1) },
  { states: ['RUNNING', 'UNPLACED'] },
  { networkId: id('a', 2), name: 'WEB' },
  { ids: [guests[1], lastGuest] },
];

interface Written {
  readonly revision: Revision;
  /** The guests one of whose keys it changed. */
  readonly touched: readonly string[];
}

async function write(gateway: GatewaySchema, entries: readonly Entry[], there: Set<string>): Promise<Written> {
  const touched = new Set<string>();
  const writes = [...new Map(entries)].map(([key, value]): Write => {
    const [folder, guest = ''] = key.split('/');
    // Deleting what is not there changes nothing.
    if (folder === 'guests' && (value !== null || there.has(key))) touched.add(guest);
    if (value === null) there.delete(key);
    else there.add(key);
    return value === null
      ? { type: 'delete', range: { start: prefix + key } }
      : { type: 'put', key: prefix + key, value: Buffer.from(value) };
  });
  const { revision } = await gateway.store.commit({ compares: [], writes });
  return { revision, touched: guests.filter((guest) => touched.has(guest)) };
}

type Found = ReadonlyMap<string, unknown>;

/** The guests that a list finds at a revision, whole, by their ids. */
async function find(gateway: GatewaySchema, at: Revision, filter: unknown): Promise<Found> {
  const document = `query ($filter: GuestFilter) { guests(filter: $filter) { nodes { ${fields} } } }`;
  const { guests: found } = await gateway.query(document, { at, variables: { filter } });
  return new Map(found.nodes.map((node: { readonly id: string }) => [node.id, node]));
}

const fields = 'id state metadata networkId hypervisorId';

/** What must be told of a commit, by what lists find before and after it. */
async function expected(gateway: GatewaySchema, { revision, touched }: Written, filter: unknown) {
  const [before, after, was, is] = await Promise.all([
    find(gateway, revision - 1, filter),
    find(gateway, revision, filter),
    find(gateway, revision - 1, null),
    find(gateway, revision, null),
  ]);
  return touched
    .filter((guest) => before.has(guest) || after.has(guest))
    .map((guest) => ({
      guestId: guest,
      type: !was.has(guest) ? 'CREATED' : is.has(guest) ? 'UPDATED' : 'DELETED',
      revision: String(revision),
      guest: is.get(guest) ?? null,
    }));
}

describe('guestChanged', () => {
  it('tells of exactly the guests that its filter finds before or after each commit that touched them', async () => {
    await fc.assert(
      fc.asyncProperty(commits, fc.constantFrom(...filters), async (all, filter) => {
        const gateway = await openGatewaySchema();
        try {
          const after = String(await gateway.put('config/first', ''));
          const there = new Set<string>();
          const written: Written[] = [];
          for (const entries of all) written.push(await write(gateway, entries, there));
          const last = { revision: await gateway.putAll(lastEntries), touched: [lastGuest] };

          const text = `subscription ($filter: GuestFilter, $after: EventCursor) {
            guestChanged(filter: $filter, after: $after) { guestId type revision guest { ${fields} } }
          }`;
          const events = await openEvents(gateway, text, { variables: { filter, after } });
          const told = [await events.next()];
          while (told.at(-1).guestId !== lastGuest) told.push(await events.next());

          const expectations = await Promise.all([...written, last].map((commit) => expected(gateway, commit, filter)));
          expect(told).toEqual(expectations.flat());
        } finally {
          await gateway.close();
        }
      }),
      { numRuns: 60 },
    );
  });
});
