import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { guestRecord, hypervisorRecord, id, jobRecord, networkRecord } from '../support/record.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema();
  await gateway.putAll({
    [`networks/${id('a', 1)}/metadata`]: networkRecord(),
    [`networks/${id('a', 2)}/metadata`]: '{',
    [`networks/${id('a', 3)}/subnets/${id('b', 1)}`]: '',
    'networks/not-a-uuid/metadata': '{',
    [`subnets/${id('b', 1)}/metadata`]: '{"cidr":"10.0.0.0/24","start":"10.0.0.9","end":"10.0.0.1"}',
    [`hypervisors/${id('d', 1)}/metadata`]: hypervisorRecord(),
    [`hypervisors/${id('d', 2)}/heartbeat`]: 'x',
    [`hypervisors/${id('d', 1)}/something/else`]: '{',
    [`guests/${id('c', 1)}/metadata`]: guestRecord(),
    [`guests/${id('c', 2)}/metadata`]: guestRecord({ flavor: 'tiny' }),
    [`guests/${id('c', 1)}/state`]: '{',
    [`flavors/${id('f', 1)}/metadata`]: '{"image":"","memory":-1}',
    [`fwgroups/${id('e', 1)}/metadata`]: '{"rules":{}}',
    'vlans/4096/metadata': '{"tag":4096}',
    'vlans/x/metadata': '{',
    [`vlangroups/${id('e', 2)}/metadata`]: '"text"',
    [`jobs/${id('9', 1)}`]: jobRecord(),
    [`jobs/${id('9', 2)}`]: '',
    [`jobs/${id('9', 1)}.lock`]: '{',
    'config/fine': '{',
    'somebody/else': '{',
  });
});

afterAll(() => gateway.close());

const brokenKeys = [
  `flavors/${id('f', 1)}/metadata`,
  `fwgroups/${id('e', 1)}/metadata`,
  `guests/${id('c', 2)}/metadata`,
  `hypervisors/${id('d', 2)}/metadata`,
  `jobs/${id('9', 2)}`,
  `networks/${id('a', 2)}/metadata`,
  `networks/${id('a', 3)}/metadata`,
  `subnets/${id('b', 1)}/metadata`,
  `vlangroups/${id('e', 2)}/metadata`,
  'vlans/4096/metadata',
].map((key) => `lochness/${key}`);

describe('broken records', () => {
  it('are all listed by key with a reason, and nothing else is', async () => {
    const { brokenRecords } = await gateway.query('{ brokenRecords { key reason } }');
    expect(brokenRecords.map(({ key }: { key: string }) => key)).toEqual(brokenKeys);
    for (const { reason } of brokenRecords) expect(reason).toMatch(/\w{2,}/);
  });

  it('are found in one wave', async () => {
    const { context } = await gateway.run('{ brokenRecords { key } }');
    expect(context.snapshot.cost.waves).toBe(1);
  });

  it('are left out of lists and counts, which name them in the warnings', async () => {
    const document = `{
      networks { totalCount nodes { id } }
      guests { totalCount nodes { id state } }
      jobs { totalCount }
      hypervisors { totalCount nodes { id guests { totalCount } } }
      cluster { networkCount guestCount hypervisorCount aliveHypervisorCount subnetCount }
    }`;
    const { result, context } = await gateway.run(document);
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      data: {
        networks: { totalCount: 1, nodes: [{ id: id('a', 1) }] },
        guests: { totalCount: 1, nodes: [{ id: id('c', 1), state: 'UNPLACED' }] },
        jobs: { totalCount: 1 },
        hypervisors: { totalCount: 1, nodes: [{ id: id('d', 1), guests: { totalCount: 0 } }] },
        cluster: { networkCount: 1, guestCount: 1, hypervisorCount: 1, aliveHypervisorCount: 0, subnetCount: 0 },
      },
    });
    const named = context.loaders.broken.all.map(({ key }) => key).toSorted();
    expect(named).toEqual(brokenKeys.filter((key) => /\/(networks|guests|jobs|hypervisors|subnets)\//.test(key)));
  });

  it.each([
    ['network', `networks/${id('a', 2)}/metadata`],
    ['subnet', `subnets/${id('b', 1)}/metadata`],
    ['guest', `guests/${id('c', 2)}/metadata`],
    ['flavor', `flavors/${id('f', 1)}/metadata`],
    ['firewallGroup', `fwgroups/${id('e', 1)}/metadata`],
    ['vlanGroup', `vlangroups/${id('e', 2)}/metadata`],
    ['job', `jobs/${id('9', 2)}`],
  ])('asked for by id as a %s are null with BROKEN_RECORD and the key', async (field, key) => {
    const [, uuid] = key.split('/');
    const { result } = await gateway.run(`{ ${field}(id: "${uuid}") { id } }`);
    expect(JSON.parse(JSON.stringify(result.data))).toEqual({ [field]: null });
    expect(await gateway.errorsOf(`{ ${field}(id: "${uuid}") { id } }`)).toEqual([
      { code: 'BROKEN_RECORD', key: `lochness/${key}`, path: field },
    ]);
  });
});

describe('a key of somebody else', () => {
  it('right in a folder disturbs nothing', async () => {
    await gateway.putAll({
      [`networks/${id('a', 1)}`]: 'x',
      [`guests/${id('c', 1)}`]: 'x',
      'hypervisors/x': '',
      vlans: '',
      networks: '',
    });
    expect(await gateway.query('{ networks { nodes { id } } guests { nodes { id } } hypervisors { totalCount } }')).toEqual({
      networks: { nodes: [{ id: id('a', 1) }] },
      guests: { nodes: [{ id: id('c', 1) }] },
      hypervisors: { totalCount: 1 },
    });
  });
});
