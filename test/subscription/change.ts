import { expect, it } from 'vitest';
import {
  flavor,
  guest,
  hypervisor,
  inventory,
  ip,
  jobId,
  jobOf,
  network,
  newestJob,
  placedGuest,
  stateOf,
  subnet,
} from '../mutation/guest-fixture.ts';
import { flavorRecord, hypervisorRecord, id, networkRecord } from '../support/record.ts';
import { openEvents } from './event-reader.ts';
import type { Space } from './subscription-contract.ts';

const document = `subscription ($kinds: [NodeKind!], $ids: [ID!], $until: Revision) {
  changes(kinds: $kinds, ids: $ids, until: $until) { type kind id cursor }
}`;

const summary = (events: readonly { readonly type: string; readonly kind: string; readonly id: string }[]) =>
  events.map(({ type, kind, id: node }) => `${type} ${kind} ${node}`);

export function changeEvents(space: Space): void {
  it('tells of each kind of node, once for each node of a commit, in the order of their keys', async () => {
    const { putAll } = space();
    const events = await openEvents(space(), document);
    const revision = await putAll({
      ...inventory,
      ...placedGuest(),
      ...stateOf('PENDING'),
      ...newestJob(1),
      ...jobOf(1),
      'config/dhcp/dns': '10.0.0.1',
      'vlans/7/metadata': JSON.stringify({ tag: 7, description: '' }),
      [`vlans/7/vlangroups/${id('8', 1)}`]: '',
      [`vlangroups/${id('8', 1)}/vlans/7`]: '',
    });
    const told = await events.take(11);
    expect(summary(told)).toEqual([
      'CREATED CONFIG config:dhcp/dns',
      `CREATED FLAVOR ${flavor}`,
      `CREATED FLAVOR ${id('f', 2)}`,
      `CREATED FIREWALL_GROUP ${id('9', 1)}`,
      `CREATED GUEST ${guest}`,
      `CREATED HYPERVISOR ${hypervisor}`,
      `CREATED JOB ${jobId(1)}`,
      `CREATED NETWORK ${network}`,
      `CREATED SUBNET ${subnet}`,
      `CREATED VLAN_GROUP ${id('8', 1)}`,
      'CREATED VLAN vlan:7',
    ]);
    expect(told.map(({ cursor }) => cursor)).toEqual(told.map((_event, index) => `${revision}.${index}`));
  });

  it('tells of what lies beside a record and belongs to the node', async () => {
    const { put, putAll, remove } = space();
    await putAll({ ...inventory, ...placedGuest(), 'vlans/7/metadata': JSON.stringify({ tag: 7, description: '' }) });
    const events = await openEvents(space(), document);
    await put(`hypervisors/${hypervisor}/config/schedulable`, 'false');
    await put(`hypervisors/${hypervisor}/subnets/${id('b', 2)}`, 'br1');
    await remove(`hypervisors/${hypervisor}/config/schedulable`);
    await put(`guests/${guest}/state`, '{}');
    await put(`guests/${guest}/reservation`, `${subnet}/${ip}`);
    await put(`networks/${network}/subnets/${id('b', 2)}`, '');
    await put(`vlans/7/vlangroups/${id('8', 1)}`, '');
    await put(`vlangroups/${id('8', 1)}/vlans/7`, '');
    expect(summary(await events.take(8))).toEqual([
      `UPDATED HYPERVISOR ${hypervisor}`,
      `UPDATED HYPERVISOR ${hypervisor}`,
      `UPDATED HYPERVISOR ${hypervisor}`,
      `UPDATED GUEST ${guest}`,
      `UPDATED GUEST ${guest}`,
      `UPDATED NETWORK ${network}`,
      'UPDATED VLAN vlan:7',
      `UPDATED VLAN_GROUP ${id('8', 1)}`,
    ]);
  });

  it('passes over heartbeats, links to guests, addresses, locks, and what belongs to nobody', async () => {
    const { put, putAll } = space();
    await putAll(inventory);
    const events = await openEvents(space(), document);
    await put(`hypervisors/${hypervisor}/heartbeat`, '1');
    await put(`hypervisors/${hypervisor}/guests/${guest}`, guest);
    await put(`subnets/${subnet}/addresses/${ip}`, guest);
    await put(`jobs/${jobId(1)}.lock`, '1');
    await put(`hypervisors/${hypervisor}/weather`, 'fine');
    await put('gateway/operations/x', '{}');
    await put('strange', 'x');
    await put('flavors/x/metadata', '{}');
    await put('vlans/07/metadata', '{}');
    // Nothing is there that these belong to.
    await put(`hypervisors/${id('d', 9)}/config/a`, '1');
    await put(`networks/${id('a', 9)}/subnets/${subnet}`, '');
    await put(`flavors/${flavor}/metadata`, flavorRecord({ memory: 1 }));
    expect(summary(await events.take(1))).toEqual([`UPDATED FLAVOR ${flavor}`]);
  });

  it('counts what it passes over in the cursors of what it tells', async () => {
    const events = await openEvents(space(), document);
    const revision = await space().putAll({
      [`hypervisors/${id('d', 2)}/heartbeat`]: '1',
      [`hypervisors/${id('d', 3)}/metadata`]: hypervisorRecord(),
      'gateway/x': '1',
      [`networks/${network}/metadata`]: networkRecord(),
    });
    expect((await events.take(2)).map(({ cursor }) => cursor)).toEqual([`${revision}.1`, `${revision}.2`]);
  });

  it('shows the node as its commit left it, and null for one that is gone', async () => {
    const { put, remove } = space();
    const text = 'subscription { changes { node { __typename id ... on ConfigEntry { value } } } }';
    const events = await openEvents(space(), text);
    await put('config/a', '1');
    await put('config/a', '2');
    await remove('config/a');
    const node = (value: string) => ({ node: { __typename: 'ConfigEntry', id: 'config:a', value } });
    expect(await events.take(3)).toEqual([node('1'), node('2'), { node: null }]);
  });

  it('can be told of some kinds alone', async () => {
    const events = await openEvents(space(), document, { variables: { kinds: ['CONFIG', 'JOB'] } });
    await space().putAll({ ...inventory, ...jobOf(1), 'config/a': '' });
    expect(summary(await events.take(2))).toEqual(['CREATED CONFIG config:a', `CREATED JOB ${jobId(1)}`]);
  });

  it('can be told of some nodes alone, in any spelling of their ids', async () => {
    const ids = [network.toUpperCase(), 'config:a', 'vlan:7'];
    const events = await openEvents(space(), document, { variables: { ids } });
    await space().putAll({
      ...inventory,
      'config/a': '',
      'config/ab': '',
      'vlans/7/metadata': '{"tag":7}',
      'vlans/70/metadata': '{"tag":70}',
    });
    expect(summary(await events.take(3))).toEqual([
      'CREATED CONFIG config:a',
      `CREATED NETWORK ${network}`,
      'CREATED VLAN vlan:7',
    ]);
  });

  it.each([['x'], ['vlan:0'], ['config:']])('refuses the id %s, which is none', async (wrong) => {
    const refused = openEvents(space(), document, { variables: { ids: [wrong] } });
    await expect(refused).rejects.toMatchObject({ extensions: [{ code: 'BAD_USER_INPUT', field: 'ids' }] });
  });
}
