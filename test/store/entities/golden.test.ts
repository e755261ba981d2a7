import { parse } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { encodeConfigEntry } from '../../../src/store/entities/config-entry.ts';
import { encodeFirewallGroup } from '../../../src/store/entities/firewall-group.ts';
import { encodeFlavor } from '../../../src/store/entities/flavor.ts';
import { encodeGuest } from '../../../src/store/entities/guest.ts';
import { encodeHypervisor } from '../../../src/store/entities/hypervisor.ts';
import { decoders, type EntityOf } from '../../../src/store/entities/index.ts';
import { encodeJob } from '../../../src/store/entities/job.ts';
import { encodeNetwork } from '../../../src/store/entities/network.ts';
import { encodeSubnet } from '../../../src/store/entities/subnet.ts';
import { encodeVLAN } from '../../../src/store/entities/vlan.ts';
import { encodeVLANGroup } from '../../../src/store/entities/vlan-group.ts';
import { type NodeKind, nodeKinds, openKeys } from '../../../src/store/keys.ts';
import type { KeyValue } from '../../../src/store/store.ts';
import { countAddresses, openFreeAddresses } from '../../../src/store/values/addressing.ts';
import { formatIPAddress, type IPAddress, parseIPAddress } from '../../../src/store/values/ip-address.ts';
import { fixture, goldenEntries } from './fixture.ts';

const encoders: { readonly [K in NodeKind]: (entity: EntityOf[K]) => Buffer } = {
  NETWORK: encodeNetwork,
  SUBNET: encodeSubnet,
  HYPERVISOR: encodeHypervisor,
  GUEST: encodeGuest,
  FLAVOR: encodeFlavor,
  FIREWALL_GROUP: encodeFirewallGroup,
  VLAN: encodeVLAN,
  VLAN_GROUP: encodeVLANGroup,
  JOB: (job) => {
    if (job.status === 'UNKNOWN') throw new Error('The fixtures have no such job');
    return encodeJob({ ...job, status: job.status });
  },
  CONFIG: encodeConfigEntry,
};

const keys = openKeys('lochness/');

interface Stored<K extends NodeKind = NodeKind> {
  readonly name: string;
  readonly record: KeyValue;
  readonly entity: EntityOf[K];
  readonly encoded: string;
}

/** Every node of a kind that a keyspace holds. */
function storedNodes<K extends NodeKind>(entries: readonly KeyValue[], kind: K): Stored<K>[] {
  const folder = keys.folder(kind);
  return entries
    .filter(({ key }) => key.startsWith(folder) && (key.endsWith('/metadata') || kind === 'JOB' || kind === 'CONFIG'))
    .filter(({ key }) => !key.endsWith('.lock'))
    .map((record) => {
      const name = record.key.slice(folder.length).replace(/\/metadata$/, '');
      const directory = record.key.replace(/metadata$/, '');
      const entity = decoders[kind]({ id: kind === 'CONFIG' ? name : name.toLowerCase(), directory, record });
      return { name, record, entity, encoded: encoders[kind](entity).toString() };
    });
}

/** Go escapes the first five, which the gateway leaves plain; of two more it writes the long form. */
function withoutGoEscapes(json: string): string {
  const plain = json.replace(/\\u(003c|003e|0026|2028|2029)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return plain.replaceAll('\\u0008', '\\b').replaceAll('\\u000c', '\\f');
}

/** How a record would have been written in canonical spelling: what the gateway writes where Go wrote something else. */
const respelled: Readonly<Record<string, (json: string) => string>> = {
  // A reference as a URN, and an id in upper case.
  'AABBCCDD-EEFF-4011-8022-AABBCCDDEEFF': (json) =>
    json.replace('URN:UUID:', '').replace(/"[0-9A-F-]{36}"/g, (id) => id.toLowerCase()),
  // Times with an offset.
  'ca5caf97-5273-40c2-91fc-1b26548b0d0f': (json) => json.replaceAll('T05:', 'T10:').replaceAll('-05:00', 'Z'),
};

interface Expected {
  readonly [list: string]: readonly { id?: string; tag?: unknown; json?: Record<string, unknown> }[];
}

const expectedLists: Partial<Record<NodeKind, string>> = {
  NETWORK: 'networks',
  SUBNET: 'subnets',
  HYPERVISOR: 'hypervisors',
  GUEST: 'guests',
  FLAVOR: 'flavors',
  FIREWALL_GROUP: 'fwgroups',
  VLAN: 'vlans',
  VLAN_GROUP: 'vlangroups',
  JOB: 'jobs',
};

/** Numbers as texts, so that none is rounded. */
function parseExactly(json: string): unknown {
  return parse(json, undefined, { parseNumber: (text) => text });
}

describe.each(['cluster-a', 'edge'] as const)('the records of %s', (cluster) => {
  const entries = goldenEntries(cluster);
  const expected = parseExactly(fixture(`${cluster}.expected.json`)) as Expected;

  it.each(nodeKinds)('are written again byte for byte as Go wrote them, but for its escapes: %s', (kind) => {
    for (const { name, record, encoded } of storedNodes(entries, kind)) {
      const go = withoutGoEscapes(record.value.toString()).replace('"metadata":null', '"metadata":{}');
      expect(encoded).toBe(respelled[name]?.(go) ?? go);
    }
  });

  it.each(Object.entries(expectedLists))('are read as the Go library reads them: %s', (kind, list) => {
    const stored = storedNodes(entries, nodeKinds.find((known) => known === kind) ?? 'CONFIG');
    const nodes = expected[list] ?? [];
    expect(new Set(stored.map(({ name }) => name))).toEqual(new Set(nodes.map(({ id, tag }) => id ?? tag)));
    for (const { id, tag, json } of nodes) {
      // Without json: Go can't read a job that another client has locked, nor a key with an upper-case id.
      if (json === undefined) continue;
      const node = stored.find(({ name }) => name === (id ?? tag));
      const respell = respelled[id ?? ''] ?? ((text: string) => text);
      const goJson = JSON.parse(
        respell(JSON.stringify({ ...json, ...(json.metadata === null ? { metadata: {} } : {}) })),
      ) as unknown;
      expect(parseExactly(node?.encoded ?? '')).toEqual(goJson);
    }
  });
});

describe('the subnets of cluster-a and edge', () => {
  const subnets = (['cluster-a', 'edge'] as const).flatMap((cluster) => {
    const entries = goldenEntries(cluster);
    const expected = JSON.parse(fixture(`${cluster}.expected.json`)) as { subnets: ExpectedSubnet[] };
    return storedNodes(entries, 'SUBNET').map(({ name, entity, record }) => ({
      name,
      space: {
        range: entity.range,
        gateway: entity.gateway === null ? null : parseIPAddress(entity.gateway),
        held: heldIn(entries, record.key.replace('metadata', 'addresses/')),
      },
      expected: expected.subnets.find(({ id }) => id === name),
    }));
  });

  interface ExpectedSubnet {
    readonly id: string;
    readonly addresses: Record<string, string> | null;
    readonly available_count: number;
    readonly available_list?: readonly string[];
    readonly panic?: string;
  }

  function heldIn(entries: readonly KeyValue[], directory: string): IPAddress[] {
    const addresses = entries
      .filter(({ key }) => key.startsWith(directory))
      .map(({ key }) => parseIPAddress(key.slice(directory.length)));
    return addresses.filter((address) => address !== null);
  }

  it.each(subnets)('have the free addresses that the Go library finds: $name', ({ space, expected }) => {
    if (expected?.panic !== undefined) {
      // Go panics on IPv6. 2001:db8:1::10 to ::ff, the gateway outside of it.
      expect(countAddresses(space)).toEqual({ total: 240n, used: 0n, available: 240n, utilization: 0 });
      return;
    }
    expect(countAddresses(space).available).toBe(BigInt(expected?.available_count ?? -1));
    expect(countAddresses(space).used).toBe(BigInt(Object.keys(expected?.addresses ?? {}).length));
    // The list is left out where it is empty or has a million entries.
    if (expected?.available_list === undefined) return;
    expect(openFreeAddresses(space)(1000).map(formatIPAddress)).toEqual(expected.available_list);
  });
});
