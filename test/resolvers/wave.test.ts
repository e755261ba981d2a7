import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderRange } from '../../src/store/keys.ts';
import { prefixRange } from '../../src/store/range.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { flavorRecord, guestRecord, hypervisorRecord, id, jobRecord, networkRecord, subnetRecord } from '../support/record.ts';

let gateway: GatewaySchema;

/** 4 networks with 3 subnets each, 10 hypervisors, 3 flavors and 1,200 guests with a job each. */
beforeAll(async () => {
  gateway = await openGatewaySchema();
  const entries: [string, string][] = [];
  for (let index = 0; index < 4; index++) entries.push([`networks/${id('a', index)}/metadata`, networkRecord()]);
  for (let index = 0; index < 3; index++) entries.push([`flavors/${id('f', index)}/metadata`, flavorRecord()]);
  for (let index = 0; index < 12; index++) {
    const cidr = { cidr: `10.${index}.0.0/16`, start: `10.${index}.0.1`, end: `10.${index}.255.254` };
    entries.push([`subnets/${id('b', index)}/metadata`, subnetRecord({ ...cidr, network: id('a', index % 4) })]);
  }
  for (let index = 0; index < 10; index++) {
    entries.push([`hypervisors/${id('d', index)}/metadata`, hypervisorRecord()]);
    entries.push([`hypervisors/${id('d', index)}/heartbeat`, 'x']);
    entries.push([`hypervisors/${id('d', index)}/subnets/${id('b', index)}`, 'br0']);
  }
  for (let index = 0; index < 1200; index++) {
    const [guest, host, subnet] = [id('c', index), id('d', index % 10), index % 12];
    const ip = `10.${subnet}.${index >> 8}.${index & 255}`;
    const fields = { flavor: id('f', index % 3), hypervisor: host, network: id('a', subnet % 4), subnet: id('b', subnet), ip };
    entries.push([`guests/${guest}/metadata`, guestRecord(fields)]);
    entries.push([`hypervisors/${host}/guests/${guest}`, guest]);
    entries.push([`subnets/${id('b', subnet)}/addresses/${ip}`, guest]);
    entries.push([`jobs/${id('9', index)}`, jobRecord({ guest })]);
  }
  await gateway.load(entries.map(([key, value]) => ({ key: `lochness/${key}`, value, lease: false })));
}, 60_000);

afterAll(() => gateway.close());

async function wavesOf(document: string): Promise<number> {
  const { result, context } = await gateway.run(document);
  expect(result.errors).toBeUndefined();
  return context.snapshot.cost.waves;
}

describe('the reads of a query', () => {
  it.each([
    [
      'networks -> subnets -> guests -> hypervisor + flavor',
      4,
      '{ networks { nodes { subnets { nodes { guests(first: 1000) { nodes { id hypervisor { ip } flavor { name } } } } } } } }',
    ],
    [
      'the same with all that lies beside the way',
      4,
      `{
      revision
      networks { nodes { subnets { nodes {
        addressing { available } addresses(first: 1000) { nodes { ip } } availableAddresses
        guests(first: 1000) { totalCount nodes { id hypervisor { ip } flavor { name } network { id } subnet { id } } }
      } } } }
    }`,
    ],
    [
      'a guest by id and what it names',
      2,
      `{ guest(id: "${id('c', 7)}") { hypervisor { id } flavor { id } network { id } subnet { id } firewallGroup { id } } }`,
    ],
    [
      '1,000 guests and what they name',
      2,
      '{ guests(first: 1000) { nodes { hypervisor { id } flavor { id } network { id } subnet { id } } } }',
    ],
    [
      'hypervisors with all that lies below them',
      1,
      '{ hypervisors { nodes { isAlive schedulable config heartbeat { at } subnetAttachments { nodes { bridge } } } } }',
    ],
    [
      "hypervisors, their guests' sums and lists",
      3,
      '{ hypervisors { nodes { committedResources { memory } freeResources { disk } guests(first: 1000) { totalCount nodes { id } } } } }',
    ],
    ['hypervisors by free memory', 1, '{ hypervisors(orderBy: { field: FREE_MEMORY }) { nodes { id } } }'],
    [
      'hypervisors that pass every filter',
      1,
      `{ hypervisors(filter: { alive: true, schedulable: true, hasGuests: true, networkId: "${id('a', 0)}" }) { totalCount } }`,
    ],
    [
      'two hypervisors by id and what lies below them',
      2,
      `{ a: hypervisor(id: "${id('d', 1)}") { isAlive config } b: hypervisor(id: "${id('d', 2)}") { isAlive config } }`,
    ],
    ['a hypervisor by id and its guests', 3, `{ hypervisor(id: "${id('d', 1)}") { guests { nodes { id } } } }`],
    ['guests of an image', 1, `{ guests(filter: { imageId: "${id('e', 1)}" }) { totalCount } }`],
    [
      'the whole cluster in numbers',
      1,
      '{ cluster { hypervisorCount aliveHypervisorCount guestCount guestCountByState { count } networkCount subnetCount totalResources { cpu } committedResources { cpu } freeResources { cpu } } }',
    ],
    [
      'subnets that are full, by utilization',
      1,
      '{ subnets(filter: { minUtilization: 0.5 }, orderBy: { field: UTILIZATION }) { totalCount } }',
    ],
    [
      'subnets and their attachments',
      2,
      '{ subnets { nodes { hypervisorAttachments { nodes { bridge hypervisor { id } } } } } }',
    ],
    ['guests and their jobs', 2, '{ guests(first: 1000) { nodes { jobs { nodes { id action guest { id } } } } } }'],
    ['jobs on a hypervisor', 1, `{ jobs(filter: { hypervisorId: "${id('d', 1)}" }) { totalCount } }`],
    [
      'every list at once',
      1,
      '{ networks { totalCount } subnets { totalCount } hypervisors { totalCount } guests { totalCount } flavors { totalCount } firewallGroups { totalCount } vlans { totalCount } vlanGroups { totalCount } jobs { totalCount } configEntries { totalCount } }',
    ],
  ])('%s take %i waves', async (_name, waves, document) => {
    expect(await wavesOf(document)).toBe(waves);
  });

  it('read a whole folder where they want more than 1,000 parts of it', async () => {
    const { snapshot, keys } = gateway.newContext();
    const parts = Array.from({ length: 1001 }, (_, index) => prefixRange(`lochness/guests/${id('c', index)}/`));
    const found = await Promise.all(parts.map((part) => snapshot.list(part, folderRange(keys, 'GUEST'))));
    expect(found.map((entries) => entries.length)).toEqual(parts.map(() => 1));
    expect(snapshot.cost).toMatchObject({ waves: 1, transactions: 1, keys: 1200 });
  });

  it('read no key twice', async () => {
    const { context } = await gateway.run(
      '{ a: guests(first: 5) { nodes { id } } b: guests(last: 5) { nodes { id jobs { totalCount } } } c: guest(id: "cccccccc-0000-4000-8000-000000000007") { id } }',
    );
    expect(context.snapshot.cost.keys).toBeLessThanOrEqual(2401);
  });
});
