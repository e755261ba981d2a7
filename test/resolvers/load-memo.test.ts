import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { committedResources } from '../../src/resolvers/capacity.ts';
import { flavorUses } from '../../src/resolvers/guest-flavor.ts';
import { linkedGuests, linksToGuests } from '../../src/resolvers/guest-link.ts';
import type { Hypervisor } from '../../src/store/entities/hypervisor.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { flavorRecord, guestRecord, hypervisorRecord, id } from '../support/record.ts';

let inMemory: GatewaySchema;
let direct: GatewaySchema;

beforeEach(async () => {
  inMemory = await openGatewaySchema({ withCatalog: true });
  direct = await openGatewaySchema({ store: inMemory.store });
});

afterEach(async () => {
  await direct.services.changes.close();
  await direct.services.agents.close();
  await inMemory.close();
});

const hosts = [1, 2].map((number) => id('d', number));
const guests = [1, 2, 3, 4].map((number) => id('c', number));
const flavors = [1, 2].map((number) => id('f', number));

/** What is put, or removed where it is null, in one commit. */
type Change = readonly [key: string, value: string | null];

const host = fc.constantFrom(...hosts);
const guest = fc.constantFrom(...guests);
const flavor = fc.constantFrom(...flavors);
const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(host, guest, fc.constantFrom('', null)).map(([on, of, value]) => [`hypervisors/${on}/guests/${of}`, value] as const),
  fc
    .tuple(host, guest, fc.constantFrom('', null))
    .map(([on, of, value]) => [`hypervisors/${on}/guests/${of.toUpperCase()}`, value] as const),
  fc
    .tuple(guest, flavor)
    .map(([of, has]) => [`guests/${of}/metadata`, guestRecord({ flavor: has, hypervisor: hosts[0] })] as const),
  fc.tuple(guest, fc.constantFrom('no JSON', null)).map(([of, value]) => [`guests/${of}/metadata`, value] as const),
  // The same hypervisor in another spelling, whose links are others.
  fc
    .tuple(host, fc.constantFrom(hypervisorRecord(), null))
    .map(([of, value]) => [`hypervisors/${of.toUpperCase()}/metadata`, value] as const),
  fc
    .tuple(host, guest, fc.constantFrom('', null))
    .map(([on, of, value]) => [`hypervisors/${on.toUpperCase()}/guests/${of}`, value] as const),
  guest.map((of) => [`guests/${of}/state`, '{"state":"running"}'] as const),
  fc
    .tuple(flavor, fc.constantFrom(flavorRecord({ memory: 1 }), flavorRecord({ memory: 2 }), 'no JSON', null))
    .map(([of, value]) => [`flavors/${of}/metadata`, value] as const),
  fc.tuple(host, fc.constantFrom(hypervisorRecord(), null)).map(([of, value]) => [`hypervisors/${of}/metadata`, value] as const),
);

async function apply(change: Change): Promise<void> {
  const [key, value] = change;
  await (value === null ? inMemory.remove(key) : inMemory.put(key, value));
}

/** All that is computed of a hypervisor's guests, and the records that could not be read for it. */
async function loadsIn(gateway: GatewaySchema): Promise<unknown> {
  return Promise.all(
    hosts.map(async (hostId) => {
      const context = gateway.newContext();
      const { loaders, keys } = context;
      const found = await loaders.HYPERVISOR.follow(hostId);
      const missing = { kind: 'HYPERVISOR', id: hostId, revision: 0, directory: keys.directory('HYPERVISOR', hostId) } as const;
      const hypervisor: Pick<Hypervisor, 'kind' | 'id' | 'revision' | 'directory'> = found ?? missing;
      const links = await linksToGuests(context, hypervisor);
      return {
        links: links.map(({ key, guestId, guest }) => ({ key, guestId, revision: guest?.revision, state: guest?.state })),
        guests: Array.from(await linkedGuests(context, hypervisor), (guest) => guest.id),
        uses: (await flavorUses(context, hypervisor)).map(({ flavorId, flavor, links }) => [flavorId, flavor, links.length]),
        committed: await committedResources(context, hypervisor),
        broken: loaders.broken.all.map(({ key }) => key).sort(),
      };
    }),
  );
}

describe("what a hypervisor's guests add up to", () => {
  it('is the same from memory as read, whatever changes, and however often somebody looks', async () => {
    const step = fc.record({ change: changes, isLookedAt: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        for (const { change, isLookedAt } of steps) {
          await apply(change);
          if (isLookedAt) expect(await loadsIn(inMemory)).toEqual(await loadsIn(direct));
        }
        expect(await loadsIn(inMemory)).toEqual(await loadsIn(direct));
      }),
      { numRuns: 60 },
    );
  });

  it('is computed once for all operations until it changes', async () => {
    const [hostId = '', guestId = '', flavorId = ''] = [hosts[0], guests[0], flavors[0]];
    await inMemory.putAll({
      [`hypervisors/${hostId}/metadata`]: hypervisorRecord(),
      [`hypervisors/${hostId}/guests/${guestId}`]: '',
      [`guests/${guestId}/metadata`]: guestRecord({ flavor: flavorId }),
      [`flavors/${flavorId}/metadata`]: flavorRecord({ memory: 5 }),
    });
    async function committed(): Promise<object> {
      const context = inMemory.newContext();
      const hypervisor = await context.loaders.HYPERVISOR.get(hostId);
      if (hypervisor === null) throw new Error('There is no hypervisor');
      return committedResources(context, hypervisor);
    }
    const first = await committed();
    await inMemory.put(`guests/${guests[1]}/metadata`, guestRecord());
    await inMemory.put(`hypervisors/${hostId}/heartbeat`, 'x');
    expect(await committed()).toBe(first);
    await inMemory.put(`flavors/${flavorId}/metadata`, flavorRecord({ memory: 6 }));
    expect(await committed()).toMatchObject({ memory: 6n });
  });
});
