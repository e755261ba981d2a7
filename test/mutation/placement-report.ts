import { expect, it } from 'vitest';
import { flavorRecord, guestRecord, hypervisorRecord, id, subnetRecord } from '../support/record.ts';
import {
  flavor,
  guest,
  heartbeat,
  hypervisor,
  inventory,
  ip,
  network,
  placedGuest,
  subnet,
  unplacedGuest,
} from './guest-fixture.ts';
import type { Space } from './mutation-contract.ts';

const report = `query ($for: PlacementSubject!, $strategy: PlacementStrategy! = SPREAD) {
  placementReport(for: $for, strategy: $strategy) {
    candidates { hypervisor { id } rank subnets { id } freeResources { memory disk cpu } }
    rejected { hypervisor { id } filter reasons { filter message needed available } }
  }
}`;

const spec = { spec: { flavorId: flavor, networkId: network } };

interface Host {
  readonly memory?: number;
  readonly keys?: Readonly<Record<string, string>>;
}

function host(number: number, { memory = 1000, keys = { heartbeat: '', [`subnets/${subnet}`]: 'br0' } }: Host = {}) {
  const resources = { memory, disk: 10_000, cpu: 8 };
  const record = hypervisorRecord({ total_resources: resources, available_resources: resources });
  const all = Object.entries({ metadata: record, ...keys });
  return Object.fromEntries(all.map(([key, value]) => [`hypervisors/${id('d', number)}/${key}`, value]));
}

export function placementReports(space: Space): void {
  it('says of each hypervisor whether it can get the guest, and all that speaks against it', async () => {
    const { putAll, query, changesOf } = space();
    const full = id('b', 2);
    const room = { memory: 65_536, disk: 100_000, cpu: 8 };
    await putAll({
      ...inventory,
      ...heartbeat,
      [`flavors/${flavor}/metadata`]: flavorRecord({ memory: 4096, disk: 40_000, cpu: 2 }),
      [`hypervisors/${hypervisor}/metadata`]: hypervisorRecord({ total_resources: room, available_resources: room }),
      [`networks/${network}/subnets/${full}`]: '',
      [`subnets/${full}/metadata`]: subnetRecord({ network, cidr: '10.9.0.0/31', start: '10.9.0.0', end: '10.9.0.1' }),
      [`subnets/${full}/addresses/10.9.0.0`]: id('c', 7),
      [`subnets/${full}/addresses/10.9.0.1`]: id('c', 8),
      [`hypervisors/${hypervisor}/subnets/${full}`]: 'br1',
      ...host(2, { keys: {} }),
      ...host(3, { memory: 65_536, keys: { heartbeat: '', 'config/schedulable': 'false', [`subnets/${full}`]: '' } }),
    });
    const changes = await changesOf(async () => {
      const { placementReport } = await query(report, { variables: { for: spec } });
      expect(placementReport).toEqual({
        candidates: [{ hypervisor: { id: hypervisor }, rank: 1, subnets: [{ id: subnet }], freeResources: room }],
        rejected: [
          {
            hypervisor: { id: id('d', 2) },
            filter: 'ALIVE',
            reasons: [
              { filter: 'ALIVE', message: 'is not alive: its heartbeat is missing', needed: null, available: null },
              { filter: 'SUBNET', message: "has no subnet of the guest's network", needed: null, available: null },
              { filter: 'MEMORY', message: 'needs 4096 MB of memory, has 1000 of 1000 MB free', needed: 4096, available: 1000 },
              {
                filter: 'DISK',
                message: 'needs 40000 MB of disk, has 10000 of 10000 MB free',
                needed: 40_000,
                available: 10_000,
              },
            ],
          },
          {
            hypervisor: { id: id('d', 3) },
            filter: 'SCHEDULABLE',
            reasons: [
              { filter: 'SCHEDULABLE', message: 'is cordoned', needed: null, available: null },
              {
                filter: 'ADDRESS',
                message: "has one subnet of the guest's network, which has no free address",
                needed: 1,
                available: 0,
              },
              {
                filter: 'DISK',
                message: 'needs 40000 MB of disk, has 10000 of 10000 MB free',
                needed: 40_000,
                available: 10_000,
              },
            ],
          },
        ],
      });
    });
    expect(changes).toEqual({});
  });

  it.each([
    ['SPREAD', [3, 1, 2, 4]],
    ['PACK', [4, 1, 2, 3]],
  ])('orders candidates by %s, and by id where that is the same', async (strategy, order) => {
    const { putAll, query } = space();
    await putAll({ ...inventory, ...heartbeat, ...host(2), ...host(3, { memory: 2000 }), ...host(4, { memory: 500 }) });
    const { placementReport } = await query(report, { variables: { for: spec, strategy } });
    expect(placementReport.candidates.map(({ hypervisor: { id: host } }: { hypervisor: { id: string } }) => host)).toEqual(
      order.map((number) => id('d', number)),
    );
    expect(placementReport.candidates.map(({ rank }: { rank: number }) => rank)).toEqual([1, 2, 3, 4]);
  });

  it('shuffles the candidates for RANDOM', async () => {
    const { putAll, query } = space();
    await putAll({ ...inventory, ...heartbeat, ...host(2), ...host(3) });
    const firsts = new Set<string>();
    for (let tries = 0; tries < 40; tries++) {
      const { placementReport } = await query(report, { variables: { for: spec, strategy: 'RANDOM' } });
      expect(placementReport.candidates).toHaveLength(3);
      firsts.add(placementReport.candidates[0].hypervisor.id);
    }
    expect(firsts.size).toBe(3);
  });

  it('judges a placed guest as one that is to be placed anew', async () => {
    const { putAll, query } = space();
    await putAll({ ...inventory, ...heartbeat, ...placedGuest() });
    const { placementReport } = await query(report, { variables: { for: { guestId: guest } } });
    expect(placementReport.candidates).toEqual([
      { hypervisor: { id: hypervisor }, rank: 1, subnets: [{ id: subnet }], freeResources: { memory: 900, disk: 9000, cpu: 8 } },
    ]);
  });

  it('shows a guest with a reserved address only the subnet of that, and what is in its way', async () => {
    const { putAll, put, query } = space();
    const elsewhere = id('b', 2);
    await putAll({
      ...inventory,
      ...heartbeat,
      ...unplacedGuest(),
      [`guests/${guest}/reservation`]: `${subnet}/${ip}`,
      [`subnets/${subnet}/addresses/${ip}`]: guest,
      [`networks/${network}/subnets/${elsewhere}`]: '',
      [`subnets/${elsewhere}/metadata`]: subnetRecord({ network, cidr: '10.1.0.0/24', start: '10.1.0.1', end: '10.1.0.9' }),
      [`hypervisors/${hypervisor}/subnets/${elsewhere}`]: 'br1',
      ...host(2, { keys: { heartbeat: '', [`subnets/${elsewhere}`]: 'br1' } }),
    });
    const { placementReport } = await query(report, { variables: { for: { guestId: guest } } });
    expect(placementReport).toMatchObject({
      candidates: [{ hypervisor: { id: hypervisor }, subnets: [{ id: subnet }] }],
      rejected: [
        {
          hypervisor: { id: id('d', 2) },
          filter: 'SUBNET',
          reasons: [{ message: `does not have the subnet ${subnet} of the guest's network, of which ${ip} is reserved for it` }],
        },
      ],
    });
    await put(`subnets/${subnet}/metadata`, subnetRecord({ network, gateway: ip }));
    const after = await query(report, { variables: { for: { guestId: guest } } });
    expect(after.placementReport.candidates).toEqual([]);
    expect(after.placementReport.rejected[0]).toMatchObject({
      filter: 'ADDRESS',
      reasons: [
        {
          message: `can't give the guest ${ip}, which is reserved for it: that is outside of the range of its subnet, or its gateway`,
        },
      ],
    });
  });

  it('reports the same as placing does', async () => {
    const { putAll, query, errorsOf } = space();
    await putAll({ ...inventory, ...heartbeat, ...unplacedGuest(), ...host(2, { memory: 50 }) });
    await putAll({
      [`guests/${id('c', 5)}/metadata`]: guestRecord({ hypervisor, flavor: id('f', 2) }),
      [`hypervisors/${hypervisor}/guests/${id('c', 5)}`]: id('c', 5),
      [`flavors/${id('f', 2)}/metadata`]: flavorRecord({ memory: 950 }),
    });
    const { placementReport } = await query(report, { variables: { for: { guestId: guest } } });
    expect(placementReport.candidates).toEqual([]);
    expect(placementReport.rejected.map(({ filter }: { filter: string }) => filter)).toEqual(['MEMORY', 'MEMORY']);
    const errors = await errorsOf(`mutation { placeGuest(guestId: "${guest}") { ip } }`);
    expect(errors).toEqual([{ code: 'NO_CANDIDATES', rejected: { MEMORY: 2 }, path: 'placeGuest' }]);
  });

  it.each([
    ['GUEST', { guestId: id('c', 9) }, id('c', 9)],
    ['FLAVOR', { spec: { flavorId: id('f', 9), networkId: network } }, id('f', 9)],
    ['NETWORK', { spec: { flavorId: flavor, networkId: id('a', 9) } }, id('a', 9)],
  ])('knows no %s that is not there', async (kind, subject, missing) => {
    const { putAll, errorsOf } = space();
    await putAll(inventory);
    const errors = await errorsOf(report, { variables: { for: subject } });
    expect(errors).toEqual([{ code: 'NOT_FOUND', kind, id: missing, path: 'placementReport' }]);
  });

  it.each([
    ['guestId', { guestId: 'x' }],
    ['flavorId', { spec: { flavorId: 'x', networkId: network } }],
    ['networkId', { spec: { flavorId: flavor, networkId: 'x' } }],
  ])('refuses a %s that is no id', async (field, subject) => {
    const { errorsOf } = space();
    const errors = await errorsOf(report, { variables: { for: subject } });
    expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'placementReport' }]);
  });

  it('asks for either a guest or a spec', async () => {
    const { run } = space();
    for (const subject of [{}, { guestId: guest, ...spec }]) {
      const { result } = await run(report, { variables: { for: subject } });
      expect(result.errors).toHaveLength(1);
      expect(result.data).toBeUndefined();
    }
  });
}
