import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openGatewaySchema } from '../support/gateway-schema.ts';
import { flavorRecord, guestRecord, hypervisorRecord, id, networkRecord, subnetRecord } from '../support/record.ts';

const [network, guest] = [id('a', 1), id('c', 0)];
const subnets = [id('b', 1), id('b', 2)];
const sizes = [1, 3, 10];

const someMemory = fc.constantFrom(0, 1, 2, 3, 9, 10, 20);

const host = fc.record({
  beats: fc.constantFrom(true, true, true, false),
  cordoned: fc.constantFrom('true', 'false', '', undefined, undefined, undefined),
  subnets: fc.subarray(subnets, { minLength: 0 }),
  total: fc.record({ memory: someMemory, disk: someMemory, cpu: someMemory }),
  available: fc.record({ memory: someMemory, disk: someMemory, cpu: someMemory }),
  guests: fc.array(fc.constantFrom(...sizes), { maxLength: 4 }),
});

const world = fc.record({
  hosts: fc.array(host, { maxLength: 8 }),
  needed: fc.constantFrom(...sizes),
  /** Of each subnet: how many of its two addresses are held. */
  held: fc.tuple(fc.constantFrom(0, 1, 2), fc.constantFrom(0, 1, 2)),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function entriesOf({ hosts, needed, held }: World): Readonly<Record<string, string>> {
  const entries: Record<string, string> = {
    [`networks/${network}/metadata`]: networkRecord(),
    [`guests/${guest}/metadata`]: guestRecord({ flavor: id('f', needed) }),
  };
  for (const size of sizes) entries[`flavors/${id('f', size)}/metadata`] = flavorRecord({ memory: size, disk: size, cpu: size });
  for (const [index, subnet] of subnets.entries()) {
    const range = { cidr: `10.${index}.0.4/31`, start: `10.${index}.0.4`, end: `10.${index}.0.5` };
    entries[`networks/${network}/subnets/${subnet}`] = '';
    entries[`subnets/${subnet}/metadata`] = subnetRecord({ network, ...range });
    for (let taken = 0; taken < (held[index] ?? 0); taken++)
      entries[`subnets/${subnet}/addresses/10.${index}.0.${4 + taken}`] = 'x';
  }
  for (const [index, { beats, cordoned, subnets: attached, total, available, guests }] of hosts.entries()) {
    const directory = `hypervisors/${id('d', index)}`;
    entries[`${directory}/metadata`] = hypervisorRecord({ total_resources: total, available_resources: available });
    if (beats) entries[`${directory}/heartbeat`] = '';
    if (cordoned !== undefined) entries[`${directory}/config/schedulable`] = cordoned;
    for (const subnet of attached) entries[`${directory}/subnets/${subnet}`] = 'br0';
    for (const [nth, size] of guests.entries()) {
      const resident = id('c', 100 * (index + 1) + nth);
      entries[`${directory}/guests/${resident}`] = resident;
      entries[`guests/${resident}/metadata`] = guestRecord({ flavor: id('f', size) });
    }
  }
  return entries;
}

const report = `query ($strategy: PlacementStrategy!) { placementReport(for: { guestId: "${guest}" }, strategy: $strategy) {
  candidates { hypervisor { id } subnets { id } } rejected { filter reasons { filter } }
} }`;
const place = `mutation ($strategy: PlacementStrategy!, $hypervisorId: ID) {
  placeGuest(guestId: "${guest}", strategy: $strategy, hypervisorId: $hypervisorId, dryRun: true) { hypervisor { id } subnet { id } }
}`;

interface Candidate {
  readonly hypervisor: { readonly id: string };
  readonly subnets: readonly { readonly id: string }[];
}

describe('placing a guest', () => {
  it.each(['RANDOM', 'SPREAD', 'PACK'])('by %s agrees with the report on where it can be, and why not', async (strategy) => {
    await fc.assert(
      fc.asyncProperty(world, async (drawn) => {
        const gateway = await openGatewaySchema();
        await gateway.putAll(entriesOf(drawn));
        const { placementReport } = await gateway.query(report, { variables: { strategy } });
        const candidates: readonly Candidate[] = placementReport.candidates;
        const rejected: readonly { readonly filter: string }[] = placementReport.rejected;
        expect(candidates.length + rejected.length).toBe(drawn.hosts.length);
        if (candidates.length === 0) {
          const counts: Record<string, number> = {};
          for (const { filter } of rejected) counts[filter] = (counts[filter] ?? 0) + 1;
          const error = { code: 'NO_CANDIDATES', rejected: counts, path: 'placeGuest' };
          expect(await gateway.errorsOf(place, { variables: { strategy } })).toEqual([error]);
        } else {
          const { placeGuest } = await gateway.query(place, { variables: { strategy } });
          const chosen = candidates.findIndex(({ hypervisor }) => hypervisor.id === placeGuest.hypervisor.id);
          if (strategy === 'RANDOM') expect(chosen).toBeGreaterThanOrEqual(0);
          else expect(chosen).toBe(0);
          expect(candidates[chosen]?.subnets).toContainEqual(placeGuest.subnet);
        }
        await gateway.close();
      }),
      { numRuns: 150 },
    );
  });
});
