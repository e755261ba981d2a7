import { type Keyspace, type Node, textOf } from './keyspace.ts';
import { isObject } from './record-format.ts';

/** What is handed out exclusively; cores are not. */
const exclusive = ['memory', 'disk'] as const;

/** The flavors of the guests that a hypervisor's links lead to fit into it. */
export function capacityViolations(keyspace: Keyspace, mayOvercommit: ReadonlySet<string>): string[] {
  const guestsOf = new Map<string, Node[]>();
  for (const { id, name } of keyspace.below('hypervisors', 'guests')) {
    const guest = keyspace.node('guests', name);
    if (guest !== undefined) guestsOf.set(id, [...(guestsOf.get(id) ?? []), guest]);
  }
  const violations: string[] = [];
  for (const hypervisor of keyspace.nodes('hypervisors')) {
    if (mayOvercommit.has(hypervisor.id)) continue;
    const flavors = (guestsOf.get(hypervisor.id) ?? []).map((guest) => keyspace.node('flavors', textOf(guest, 'flavor')));
    for (const resource of exclusive) {
      const committed = flavors.reduce((sum, flavor) => sum + amountOf(flavor?.record, resource), 0n);
      const total = amountOf(hypervisor.record.total_resources, resource);
      if (committed > total) {
        violations.push(`${hypervisor.key}: its guests have ${committed} MB of ${resource}, more than its ${total}`);
      }
    }
  }
  return violations;
}

function amountOf(resources: unknown, resource: (typeof exclusive)[number]): bigint {
  const amount = isObject(resources) ? resources[resource] : undefined;
  return typeof amount === 'bigint' ? amount : 0n;
}
