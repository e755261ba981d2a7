import type { FirewallGroupRecord } from '../store/entities/firewall-group.ts';
import type { FlavorRecord } from '../store/entities/flavor.ts';
import type { VLANGroupRecord } from '../store/entities/vlan-group.ts';
import { sampleId } from './random.ts';

// What the sample cluster has whatever its size.

export type NetworkName = 'production' | 'staging' | 'lab';

export interface SampleNetwork {
  readonly id: string;
  readonly name: NetworkName;
  /** How many in a hundred guests are on it. */
  readonly share: number;
  readonly vlanGroupId: string;
}

export const networks: readonly SampleNetwork[] = [
  { id: sampleId('network', 0), name: 'production', share: 55, vlanGroupId: sampleId('vlangroup', 0) },
  { id: sampleId('network', 1), name: 'staging', share: 30, vlanGroupId: sampleId('vlangroup', 1) },
  { id: sampleId('network', 2), name: 'lab', share: 15, vlanGroupId: sampleId('vlangroup', 2) },
];

/** Memory and disk in MB. */
function flavor(index: number, name: string, memory: number, disk: number, cpu: number): FlavorRecord {
  return {
    id: sampleId('flavor', index),
    imageId: sampleId('image', index % 2),
    metadata: { name, os: index % 2 === 0 ? 'debian-13' : 'alpine-3.22' },
    resources: { memory: BigInt(memory), disk: BigInt(disk), cpu: BigInt(cpu) },
  };
}

/** With how often each is chosen. */
export const flavors: readonly (readonly [weight: number, flavor: FlavorRecord])[] = [
  [25, flavor(0, 'tiny', 512, 10_240, 1)],
  [35, flavor(1, 'small', 2048, 20_480, 1)],
  [25, flavor(2, 'medium', 4096, 40_960, 2)],
  [12, flavor(3, 'large', 8192, 81_920, 4)],
  [3, flavor(4, 'huge', 32_768, 327_680, 8)],
];

const webGroupId = sampleId('fwgroup', 0);
const databaseGroupId = sampleId('fwgroup', 1);
const defaultGroupId = sampleId('fwgroup', 2);
const anybody = { source: '0.0.0.0/0', sourceGroupId: null, protocol: 'tcp', action: 'allow' };
const ssh = { source: '10.0.0.0/8', sourceGroupId: null, portStart: 22, portEnd: 22, protocol: 'tcp', action: 'allow' };

export const firewallGroups: readonly FirewallGroupRecord[] = [
  {
    id: webGroupId,
    metadata: { name: 'web', description: 'HTTP and HTTPS from anywhere' },
    rules: [
      { ...anybody, portStart: 80, portEnd: 80 },
      { ...anybody, portStart: 443, portEnd: 443 },
      { ...anybody, source: '::/0', portStart: 443, portEnd: 443 },
      ssh,
    ],
  },
  {
    id: databaseGroupId,
    metadata: { name: 'database', description: 'PostgreSQL from the web servers' },
    rules: [{ source: null, sourceGroupId: webGroupId, portStart: 5432, portEnd: 5432, protocol: 'tcp', action: 'allow' }, ssh],
  },
  { id: defaultGroupId, metadata: { name: 'default', description: 'SSH from inside' }, rules: [ssh] },
];

/** What guests are for, with how often, and their firewall group; null: none. */
export const roles: readonly (readonly [
  weight: number,
  role: { readonly name: string; readonly firewallGroupId: string | null },
])[] = [
  [30, { name: 'web', firewallGroupId: webGroupId }],
  [15, { name: 'db', firewallGroupId: databaseGroupId }],
  [10, { name: 'cache', firewallGroupId: databaseGroupId }],
  [25, { name: 'worker', firewallGroupId: defaultGroupId }],
  [10, { name: 'build', firewallGroupId: defaultGroupId }],
  [10, { name: 'sandbox', firewallGroupId: null }],
];

export const vlans = [
  { tag: 10, description: 'production, front' },
  { tag: 11, description: 'production, back' },
  { tag: 20, description: 'staging' },
  { tag: 30, description: 'lab' },
  { tag: 99, description: 'backup, for all' },
] as const;

export const vlanGroups: readonly { readonly record: VLANGroupRecord; readonly tags: readonly number[] }[] = [
  { record: vlanGroup(0, 'production'), tags: [10, 11, 99] },
  { record: vlanGroup(1, 'staging'), tags: [20, 99] },
  { record: vlanGroup(2, 'lab'), tags: [30] },
];

function vlanGroup(index: number, name: NetworkName): VLANGroupRecord {
  return { id: sampleId('vlangroup', index), description: `VLANs of the ${name} network`, metadata: { name } };
}

export const config: Readonly<Record<string, string>> = {
  'dhcp/lease-seconds': '3600',
  'dns/primary': '10.0.0.2',
  'dns/secondary': '10.0.0.3',
  'image-service/url': 'http://images.example.com/',
  motd: '',
  'ntp/servers': '10.0.0.2,10.0.0.3',
};
