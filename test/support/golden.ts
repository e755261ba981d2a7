import { readFileSync } from 'node:fs';
import { parse } from 'lossless-json';

/**
 * What the Go library says of a keyspace (`*.expected.json`), put as the gateway answers it. Absent values are "" there and null
 * here; a list of guests that one side has the other side has in reverse.
 */
export type Golden = Readonly<Record<GoldenKind, readonly GoldenNode[]>>;

export const goldenKinds = [
  'networks',
  'subnets',
  'hypervisors',
  'guests',
  'flavors',
  'firewallGroups',
  'vlans',
  'vlanGroups',
  'jobs',
  'configEntries',
] as const;
export type GoldenKind = (typeof goldenKinds)[number];

export interface GoldenNode {
  readonly id: string;
  readonly [field: string]: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: the file is as the Go program printed it; a field that is not there fails a comparison.
type Printed = any;

export function readGolden(name: string): Golden {
  const text = readFileSync(new URL(`../fixtures/${name}.expected.json`, import.meta.url), 'utf8');
  // As the gateway answers numbers: above 2^53 as a string of their digits.
  const printed: Printed = parse(text, undefined, {
    parseNumber: (digits) => (Number.isSafeInteger(Number(digits)) ? Number(digits) : digits),
  });
  const guests: Printed[] = printed.guests.map(({ json }: Printed) => json);
  const jobs: Printed[] = printed.jobs.filter(({ json }: Printed) => json !== undefined).map(({ json }: Printed) => json);
  const guestsWith = (field: string, id: string) => guests.filter((guest) => guest[field] === id).map((guest) => guest.id);
  return {
    networks: printed.networks.map(({ json, subnets_sorted }: Printed) => ({
      ...named(json),
      subnets: subnets_sorted,
      guests: guestsWith('network', json.id),
    })),
    subnets: printed.subnets.map(({ json, addresses, available_count, available_list }: Printed) => ({
      ...named(json),
      network: orNull(json.network),
      cidr: json.cidr,
      gateway: orNull(json.gateway),
      startRange: json.start,
      endRange: json.end,
      addresses: addresses ?? {},
      available: available_count,
      // Printed for small subnets only.
      ...(available_list === undefined ? {} : { availableAddresses: available_list }),
      guests: guestsWith('subnet', json.id),
    })),
    hypervisors: printed.hypervisors.map(({ json, alive, config, subnets, guests_sorted }: Printed) => ({
      ...named(json),
      ip: orNull(json.ip),
      netmask: orNull(json.netmask),
      gateway: orNull(json.gateway),
      mac: orNull(json.mac),
      totalResources: json.total_resources,
      availableResources: json.available_resources,
      isAlive: alive,
      config,
      subnets,
      guests: guests_sorted,
    })),
    guests: printed.guests.map(({ json, placed }: Printed) => ({
      ...named(json),
      type: json.type,
      flavor: json.flavor,
      network: json.network,
      hypervisor: orNull(json.hypervisor),
      subnet: orNull(json.subnet),
      firewallGroup: orNull(json.fwgroup),
      vlanGroup: orNull(json.vlangroup),
      mac: orNull(json.mac),
      ip: orNull(json.ip),
      bridge: orNull(json.bridge),
      isPlaced: placed,
      jobs: jobs.filter(({ guest }) => guest === json.id).map(({ id }) => id),
    })),
    flavors: printed.flavors
      .filter(({ json }: Printed) => json !== undefined)
      .map(({ json }: Printed) => ({
        ...named(json),
        imageId: json.image,
        resources: { memory: json.memory, disk: json.disk, cpu: json.cpu },
        guests: guestsWith('flavor', json.id),
      })),
    firewallGroups: printed.fwgroups.map(({ json }: Printed) => ({
      ...named(json),
      rules: json.rules.map(({ source = null, group = null, ...rule }: Printed) => ({ source, sourceGroup: group, ...rule })),
      guests: guestsWith('fwgroup', json.id),
    })),
    vlans: printed.vlans
      .map(({ json, vlangroups_sorted }: Printed) => ({ ...json, id: `vlan:${json.tag}`, groups: vlangroups_sorted }))
      .toSorted((a: Printed, b: Printed) => a.tag - b.tag),
    vlanGroups: printed.vlangroups.map(({ json, vlans_sorted }: Printed) => ({
      ...named(json),
      description: json.description,
      vlans: vlans_sorted,
      guests: guestsWith('vlangroup', json.id),
    })),
    jobs: jobs.map((json) => ({
      id: json.id,
      action: json.action,
      status: json.status.toUpperCase(),
      guest: json.guest,
      remoteId: orNull(json.remote),
      error: orNull(json.error ?? ''),
      startedAt: inUtc(json.started_at),
      finishedAt: inUtc(json.finished_at),
    })),
    configEntries: Object.entries(printed.config).map(([key, value]) => ({ id: `config:${key}`, key, value })),
  };
}

function named(json: Printed): GoldenNode {
  const metadata = json.metadata ?? {};
  return { id: json.id, metadata, name: metadata.name ?? null };
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}

function inUtc(time: string): string | null {
  if (time === '0001-01-01T00:00:00Z') return null;
  const fraction = /\.\d+/.exec(time)?.[0] ?? '';
  return `${new Date(time).toISOString().slice(0, 19)}${fraction}Z`;
}
