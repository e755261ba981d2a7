import { parseCIDR } from '../../../src/store/values/cidr.ts';
import type { AddressRange } from '../../../src/store/values/ip-address.ts';
import { type Keyspace, type Node, textOf } from './keyspace.ts';
import { type Folder, folders, isFolder } from './record-format.ts';

/** Ids, references from record to record, and links that have two sides. */
export function inventoryViolations(keyspace: Keyspace): string[] {
  return [
    ...sharedIds(keyspace),
    ...danglingReferences(keyspace),
    ...networkLinks(keyspace),
    ...vlanLinks(keyspace),
    ...attachments(keyspace),
    ...overlaps(keyspace),
  ];
}

/** A UUID belongs to one node, whatever its kind. */
function sharedIds(keyspace: Keyspace): string[] {
  const keyOfId = new Map<string, string>();
  const violations: string[] = [];
  for (const folder of folders) {
    if (!isFolder(folder)) continue;
    for (const { id, key } of keyspace.nodes(folder)) {
      const other = keyOfId.get(id);
      if (other === undefined) keyOfId.set(id, key);
      else violations.push(`${key}: ${other} has its id`);
    }
  }
  return violations;
}

/** Where a record's field leads. */
const references: readonly { readonly folder: Folder; readonly field: string; readonly to: Folder }[] = [
  { folder: 'subnets', field: 'network', to: 'networks' },
  { folder: 'guests', field: 'flavor', to: 'flavors' },
  { folder: 'guests', field: 'network', to: 'networks' },
  { folder: 'guests', field: 'hypervisor', to: 'hypervisors' },
  { folder: 'guests', field: 'subnet', to: 'subnets' },
  { folder: 'guests', field: 'fwgroup', to: 'fwgroups' },
  { folder: 'guests', field: 'vlangroup', to: 'vlangroups' },
];

function danglingReferences(keyspace: Keyspace): string[] {
  const violations: string[] = [];
  const check = (node: Node, field: string, to: Folder, id: string) => {
    if (id !== '' && keyspace.node(to, id) === undefined)
      violations.push(`${node.key}: its ${field} leads to ${to}/${id}, which is not there`);
  };
  for (const { folder, field, to } of references) {
    for (const node of keyspace.nodes(folder)) check(node, field, to, textOf(node, field));
  }
  for (const node of keyspace.nodes('fwgroups')) {
    const { rules } = node.record;
    for (const rule of Array.isArray(rules) ? rules : []) check(node, 'rule', 'fwgroups', rule.group ?? '');
  }
  return violations;
}

function networkLinks(keyspace: Keyspace): string[] {
  const violations: string[] = [];
  for (const { key, id, name } of keyspace.below('networks', 'subnets')) {
    const subnet = keyspace.node('subnets', name);
    if (subnet === undefined) violations.push(`${key}: there is no subnet ${name}`);
    else if (textOf(subnet, 'network') !== id)
      violations.push(`${key}: the subnet's network is ${JSON.stringify(textOf(subnet, 'network'))}`);
  }
  for (const subnet of keyspace.nodes('subnets')) {
    const network = textOf(subnet, 'network');
    if (keyspace.node('networks', network) === undefined) continue;
    const link = `networks/${network}/subnets/${subnet.id}`;
    if (keyspace.value(link) === undefined) violations.push(`${subnet.key}: its network has no ${link}`);
  }
  return violations;
}

function vlanLinks(keyspace: Keyspace): string[] {
  const otherSides = [
    ...keyspace.below('vlans', 'vlangroups').map(({ key, id, name }) => ({ key, other: `vlangroups/${name}/vlans/${id}` })),
    ...keyspace.below('vlangroups', 'vlans').map(({ key, id, name }) => ({ key, other: `vlans/${name}/vlangroups/${id}` })),
  ];
  return otherSides
    .filter(({ other }) => keyspace.value(other) === undefined)
    .map(({ key, other }) => `${key}: there is no ${other}`);
}

function attachments(keyspace: Keyspace): string[] {
  return keyspace
    .below('hypervisors', 'subnets')
    .filter(({ name }) => keyspace.node('subnets', name) === undefined)
    .map(({ key, name }) => `${key}: there is no subnet ${name}`);
}

function overlaps(keyspace: Keyspace): string[] {
  const violations: string[] = [];
  const seen: { readonly subnet: Node; readonly range: AddressRange }[] = [];
  for (const subnet of keyspace.nodes('subnets')) {
    const range = parseCIDR(textOf(subnet, 'cidr'))?.range;
    if (range === undefined || textOf(subnet, 'network') === '') continue;
    for (const other of seen) {
      const sameNetwork = textOf(other.subnet, 'network') === textOf(subnet, 'network');
      if (sameNetwork && overlap(other.range, range))
        violations.push(`${subnet.key}: it overlaps ${other.subnet.key} in its network`);
    }
    seen.push({ subnet, range });
  }
  return violations;
}

function overlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}
