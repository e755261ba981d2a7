import { describe, expect, it } from 'vitest';
import { sampleCluster } from '../../src/demo/sample-cluster.ts';
import { openKeys } from '../../src/store/keys.ts';
import { contains, parseCIDR } from '../../src/store/values/cidr.ts';
import { parseIPAddress } from '../../src/store/values/ip-address.ts';

const keys = openKeys('lochness/');
const now = new Date('2026-11-23T12:00:00Z');

type Fields = Readonly<Record<string, string>>;

interface Cluster {
  /** Values by key, the prefix left out. */
  readonly values: ReadonlyMap<string, string>;
  /** The records of a folder by id. */
  recordsIn(folder: string): ReadonlyMap<string, Fields>;
  /** What lies below a directory, by its name there. */
  below(directory: string): ReadonlyMap<string, string>;
}

function makeCluster(hypervisorCount: number, guestCount: number): Cluster {
  const values = new Map<string, string>();
  for (const { key, value, isLeased } of sampleCluster({ hypervisorCount, guestCount, keys, now })) {
    const name = key.slice(keys.prefix.length);
    expect(values.has(name)).toBe(false);
    expect(isLeased).toBe(false);
    values.set(name, value.toString());
  }
  return {
    values,
    recordsIn(folder) {
      const records = [...values].filter(([key]) => key.startsWith(`${folder}/`) && key.endsWith('/metadata'));
      return new Map(records.map(([key, value]) => [key.split('/')[1] ?? '', JSON.parse(value)]));
    },
    below(directory) {
      const inside = [...values].filter(([key]) => key.startsWith(`${directory}/`));
      return new Map(inside.map(([key, value]) => [key.slice(directory.length + 1), value]));
    },
  };
}

interface Resources {
  readonly memory: number;
  readonly disk: number;
  readonly cpu: number;
}

function resourcesOf(cluster: Cluster, id: string, field: string): Resources {
  return JSON.parse(cluster.values.get(`hypervisors/${id}/metadata`) ?? '{}')[field];
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/** Empty, tiny, as by default, and one whose guests do not all fit. */
const sizes = [
  [0, 0],
  [0, 20],
  [1, 0],
  [1, 400],
  [6, 40],
  [7, 2000],
] as const;

describe('the sample cluster', () => {
  it('is the same each time, and does not change its names with its size', () => {
    expect(makeCluster(6, 40).values).toEqual(makeCluster(6, 40).values);
    const small = makeCluster(6, 40).recordsIn('guests');
    const large = makeCluster(60, 400).recordsIn('guests');
    for (const [id, { metadata, mac }] of small) expect(large.get(id)).toMatchObject({ metadata, mac });
  });

  it('has something of everything by default', () => {
    const cluster = makeCluster(6, 40);
    const count = (folder: string) => cluster.recordsIn(folder).size;
    expect([count('hypervisors'), count('guests'), count('networks'), count('subnets')]).toEqual([6, 40, 3, 5]);
    for (const folder of ['flavors', 'fwgroups', 'vlans', 'vlangroups']) expect(count(folder)).toBeGreaterThan(2);
    expect([...cluster.recordsIn('subnets').values()].some(({ cidr }) => cidr?.includes(':'))).toBe(true);
    expect(cluster.below('config').size).toBeGreaterThan(3);
    const states = [...cluster.values]
      .filter(([key]) => /^guests\/.*\/state$/.test(key))
      .map(([, value]) => JSON.parse(value).state);
    expect(new Set(states)).toEqual(new Set(['ERROR', 'RUNNING', 'STOPPED', 'SUSPENDED', 'UNKNOWN']));
    const guests = [...cluster.recordsIn('guests').values()];
    expect(guests.filter(({ hypervisor }) => hypervisor === '').length).toBeGreaterThan(1);
    expect(guests.some(({ hypervisor, id }) => hypervisor !== '' && !cluster.values.has(`guests/${id}/state`))).toBe(true);
    const statuses = [...cluster.below('jobs').values()].map((job) => JSON.parse(job).status);
    expect(new Set(statuses)).toEqual(new Set(['done', 'error']));
    const cordoned = [...cluster.recordsIn('hypervisors').keys()].filter(
      (id) => cluster.values.get(`hypervisors/${id}/config/schedulable`) === 'false',
    );
    expect(cordoned).toHaveLength(1);
  });

  it.each(sizes)('with %i hypervisors and %i guests gives each placed guest a place that has it too', (hypervisors, guests) => {
    const cluster = makeCluster(hypervisors, guests);
    const records = cluster.recordsIn('guests');
    expect(records.size).toBe(guests);
    for (const [id, guest] of records) {
      expect(guest.id).toBe(id);
      const place = [guest.hypervisor, guest.subnet, guest.ip, guest.bridge];
      if (guest.hypervisor === '') {
        expect(place).toEqual(['', '', '', '']);
        continue;
      }
      expect(cluster.values.get(`hypervisors/${guest.hypervisor}/guests/${id}`)).toBe(id);
      expect(cluster.values.get(`hypervisors/${guest.hypervisor}/subnets/${guest.subnet}`)).toBe(guest.bridge);
      expect(cluster.values.get(`subnets/${guest.subnet}/addresses/${guest.ip}`)).toBe(id);
      expect(cluster.values.has(`networks/${guest.network}/subnets/${guest.subnet}`)).toBe(true);
    }
    const placed = [...records.values()].filter(({ hypervisor }) => hypervisor !== '').length;
    const links = [...cluster.values.keys()].filter((key) => /^hypervisors\/.*\/guests\//.test(key)).length;
    const addresses = [...cluster.values.keys()].filter((key) => /^subnets\/.*\/addresses\//.test(key)).length;
    expect([links, addresses]).toEqual([placed, placed]);
  });

  it.each(sizes)('with %i hypervisors and %i guests hands out no more than there is', (hypervisors, guests) => {
    const cluster = makeCluster(hypervisors, guests);
    const flavors = new Map(
      [...cluster.values]
        .filter(([key]) => key.startsWith('flavors/'))
        .map(([key, value]) => [key.split('/')[1], JSON.parse(value)]),
    );
    for (const id of cluster.recordsIn('hypervisors').keys()) {
      const total = resourcesOf(cluster, id, 'total_resources');
      const available = resourcesOf(cluster, id, 'available_resources');
      const guestFlavors = [...cluster.below(`hypervisors/${id}/guests`).keys()].map(
        (guest) => flavors.get(JSON.parse(cluster.values.get(`guests/${guest}/metadata`) ?? '').flavor) ?? {},
      );
      expect(available.memory).toBe(total.memory - sum(guestFlavors.map(({ memory }) => memory)));
      expect(available.disk).toBe(total.disk - sum(guestFlavors.map(({ disk }) => disk)));
      expect(Math.min(available.memory, available.disk)).toBeGreaterThanOrEqual(0);
      expect(available.cpu).toBe(total.cpu);
    }
  });

  it.each(sizes)('with %i hypervisors and %i guests keeps to the ranges of its subnets', (hypervisors, guests) => {
    const cluster = makeCluster(hypervisors, guests);
    const taken: (readonly [first: bigint, last: bigint])[] = [];
    for (const [id, { cidr = '', start = '', end = '', gateway = '' }] of cluster.recordsIn('subnets')) {
      const network = parseCIDR(cidr);
      const [first, last, door] = [start, end, gateway].map(parseIPAddress);
      if (network === null || first == null || last == null || door == null) throw new Error(`Subnet ${id} can't be read`);
      expect(network.hostBitsSet).toBe(false);
      for (const address of [first, last, door]) expect(contains(network.range, address)).toBe(true);
      for (const text of cluster.below(`subnets/${id}/addresses`).keys()) {
        const address = parseIPAddress(text);
        expect(
          address !== null && address.number >= first.number && address.number <= last.number && address.number !== door.number,
        ).toBe(true);
      }
      taken.push([network.range.first, network.range.last]);
    }
    taken.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [index, [, last]] of taken.entries()) expect((taken[index + 1]?.[0] ?? last + 1n) > last).toBe(true);
  });

  it('has links with both sides, and refers to nothing that is not there', () => {
    const cluster = makeCluster(6, 40);
    const ids = (folder: string) => [...cluster.recordsIn(folder).keys()];
    for (const tag of ids('vlans')) {
      for (const group of cluster.below(`vlans/${tag}/vlangroups`).keys())
        expect(cluster.values.has(`vlangroups/${group}/vlans/${tag}`)).toBe(true);
    }
    for (const group of ids('vlangroups')) {
      for (const tag of cluster.below(`vlangroups/${group}/vlans`).keys())
        expect(cluster.values.has(`vlans/${tag}/vlangroups/${group}`)).toBe(true);
    }
    for (const guest of cluster.recordsIn('guests').values()) {
      expect(ids('flavors')).toContain(guest.flavor);
      expect(ids('networks')).toContain(guest.network);
      expect(['', ...ids('fwgroups')]).toContain(guest.fwgroup);
      expect(['', ...ids('vlangroups')]).toContain(guest.vlangroup);
    }
    for (const [key, job] of cluster.below('jobs')) {
      expect(JSON.parse(job)).toMatchObject({ id: key, guest: expect.toBeOneOf(ids('guests')) });
    }
    for (const [key, value] of cluster.values)
      if (/^guests\/.*\/jobs$/.test(key)) expect(cluster.values.has(`jobs/${value}`)).toBe(true);
  });

  it('places nearly all guests where a thousand hypervisors have a hundred thousand', () => {
    const hypervisorIds = new Set<string>();
    let guests = 0;
    let placed = 0;
    for (const { key, value } of sampleCluster({ hypervisorCount: 1000, guestCount: 100_000, keys, now })) {
      if (/^lochness\/hypervisors\/[^/]*\/metadata$/.test(key)) hypervisorIds.add(JSON.parse(value.toString()).ip);
      if (!key.startsWith('lochness/guests/') || !key.endsWith('/metadata')) continue;
      guests++;
      if (!value.includes('"hypervisor":""')) placed++;
    }
    expect([guests, hypervisorIds.size]).toEqual([100_000, 1000]);
    expect(placed).toBeGreaterThan(85_000);
  });
});
