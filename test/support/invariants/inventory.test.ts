import { describe, expect, it } from 'vitest';
import { invariantViolations } from '../invariants.ts';
import {
  type Corruption,
  changed,
  flavorRecord,
  free,
  gone,
  group,
  guestRecord,
  idle,
  key,
  network,
  options,
  other,
  placed,
  placedRecord,
  subnet,
  subnetRecord,
} from './valid-keyspace.ts';

const corruptions: readonly Corruption[] = [
  [
    'an id of two kinds',
    { [`flavors/${network}/metadata`]: flavorRecord({ id: network }) },
    [`flavors/${network}/metadata: ${key.network} has its id`],
  ],
  [
    'a missing flavor',
    { [key.unplaced]: guestRecord({ flavor: gone }) },
    [`${key.unplaced}: its flavor leads to flavors/${gone}, which is not there`],
  ],
  [
    'a missing network',
    { [key.unplaced]: guestRecord({ network: gone }) },
    [`${key.unplaced}: its network leads to networks/${gone}, which is not there`],
  ],
  [
    'a missing firewall group',
    { [key.unplaced]: guestRecord({ fwgroup: gone }) },
    [`${key.unplaced}: its fwgroup leads to fwgroups/${gone}, which is not there`],
  ],
  [
    'a missing VLAN group',
    { [key.unplaced]: guestRecord({ vlangroup: gone }) },
    [`${key.unplaced}: its vlangroup leads to vlangroups/${gone}, which is not there`],
  ],
  [
    'a missing group of a rule',
    { [`fwgroups/${group}/metadata`]: null },
    [`${key.web}: its rule leads to fwgroups/${group}, which is not there`],
  ],
  [
    'a missing hypervisor',
    { [key.guest]: placedRecord({ hypervisor: gone }) },
    [
      `${key.guest}: its hypervisor leads to hypervisors/${gone}, which is not there`,
      `${key.guest}: its hypervisor has no hypervisors/${gone}/guests/${placed}`,
      `${key.guest}: its subnet ${subnet} is not attached to its hypervisor ${gone}`,
      `${key.guestLink}: its guest's hypervisor is "${gone}"`,
    ],
  ],
  [
    'a subnet without its network',
    { [`subnets/${free}/metadata`]: subnetRecord({ id: free, network: gone }) },
    [`subnets/${free}/metadata: its network leads to networks/${gone}, which is not there`],
  ],
  ['a subnet that its network does not link', { [key.link]: null }, [`${key.subnet}: its network has no ${key.link}`]],
  [
    'a link to a subnet of another network',
    { [`networks/${other}/subnets/${subnet}`]: '' },
    [`networks/${other}/subnets/${subnet}: the subnet's network is "${network}"`],
  ],
  [
    'a link to a missing subnet',
    { [`networks/${network}/subnets/${gone}`]: '' },
    [`networks/${network}/subnets/${gone}: there is no subnet ${gone}`],
  ],
  ['a VLAN that its group does not link', { [key.groupSide]: null }, [`${key.vlanSide}: there is no ${key.groupSide}`]],
  ['a group that its VLAN does not link', { [key.vlanSide]: null }, [`${key.groupSide}: there is no ${key.vlanSide}`]],
  [
    'an attached subnet that is missing',
    { [`hypervisors/${idle}/subnets/${gone}`]: '' },
    [`hypervisors/${idle}/subnets/${gone}: there is no subnet ${gone}`],
  ],
  [
    'overlapping subnets of a network',
    {
      [`subnets/${free}/metadata`]: subnetRecord({ id: free, cidr: '10.0.0.0/24' }),
      [`networks/${network}/subnets/${free}`]: '',
    },
    [`subnets/${free}/metadata: it overlaps ${key.subnet} in its network`],
  ],
  [
    'a range that is not in its network',
    { [`subnets/${free}/metadata`]: subnetRecord({ id: free, network: '', end: '10.0.0.8' }) },
    [`subnets/${free}/metadata: 10.0.0.1 to 10.0.0.8 is no range in 10.0.0.0/29`],
  ],
  [
    'a range that ends before it starts',
    { [`subnets/${free}/metadata`]: subnetRecord({ id: free, network: '', start: '10.0.0.6', end: '10.0.0.1' }) },
    [`subnets/${free}/metadata: 10.0.0.6 to 10.0.0.1 is no range in 10.0.0.0/29`],
  ],
  [
    'a gateway that is elsewhere',
    { [`subnets/${free}/metadata`]: subnetRecord({ id: free, network: '', gateway: '10.0.1.1' }) },
    [`subnets/${free}/metadata: its gateway is not in 10.0.0.0/29`],
  ],
];

describe('the invariants of the inventory', () => {
  it.each(corruptions)('find %s', (_name, changes, violations) => {
    expect(invariantViolations(changed(changes), options)).toEqual(violations);
  });
});
