import { id } from '../record.ts';

export const [network, other, subnet, free, hypervisor, idle] = [
  id('a', 1),
  id('a', 2),
  id('b', 1),
  id('b', 2),
  id('d', 1),
  id('d', 2),
];
export const [flavor, group, web, vlanGroup, image] = [id('f', 1), id('7', 1), id('7', 2), id('8', 1), id('e', 1)];
export const [placed, reserving, unplaced, foreign, gone] = [id('c', 1), id('c', 2), id('c', 3), id('c', 4), id('0', 9)];
export const [job, old] = [id('9', 1), id('9', 2)];
const zero = '0001-01-01T00:00:00Z';

export const networkRecord = (fields = {}) => ({ id: network, metadata: {}, ...fields });
export const subnetRecord = (fields = {}) => ({
  ...{ id: subnet, metadata: {}, network, gateway: '10.0.0.5', cidr: '10.0.0.0/29', start: '10.0.0.1', end: '10.0.0.6' },
  ...fields,
});
export const hypervisorRecord = (fields = {}) => ({
  ...{ id: hypervisor, metadata: {}, ip: '192.0.2.1', netmask: '', gateway: '', mac: '' },
  ...{ total_resources: { memory: 200, disk: 20, cpu: 1 }, available_resources: { memory: 200, disk: 20, cpu: 1 } },
  ...fields,
});
export const guestRecord = (fields = {}) => ({
  ...{ id: unplaced, metadata: {}, type: 'kvm', flavor, hypervisor: '', network, subnet: '', fwgroup: '', vlangroup: '' },
  ...{ mac: '02:00:00:00:00:01', ip: '', bridge: '' },
  ...fields,
});
export const placedRecord = (fields = {}) =>
  guestRecord({
    ...{ id: placed, hypervisor, subnet, fwgroup: web, vlangroup: vlanGroup, ip: '10.0.0.1', bridge: 'br0' },
    ...fields,
  });
export const foreignRecord = (fields = {}) =>
  guestRecord({ ...{ id: foreign, hypervisor, subnet, ip: '10.0.0.3', bridge: 'br0' }, ...fields });
export const flavorRecord = (fields = {}) => ({ id: flavor, image, metadata: null, memory: 100, disk: 10, cpu: 4, ...fields });
export const rule = (fields = {}) => ({ portStart: 1, portEnd: 2, protocol: 'tcp', action: 'allow', ...fields });
export const groupRecord = (fields = {}) => ({
  id: web,
  metadata: {},
  rules: [{ source: '10.0.0.0/8', group, ...rule() }],
  ...fields,
});
export const jobRecord = (fields = {}) => ({
  ...{ id: job, remote: '', action: 'fetch', guest: placed, status: 'new', started_at: zero, finished_at: zero },
  ...{ created_at: '2026-11-22T23:00:13.313Z' },
  ...fields,
});
export const stateRecord = (fields = {}) => ({
  state: 'PENDING',
  reported: '',
  observed_at: '2026-11-22T23:00:13.313Z',
  ...fields,
});

type Value = string | object;
type Entries = Readonly<Record<string, Value>>;

export const key = {
  network: `networks/${network}/metadata`,
  link: `networks/${network}/subnets/${subnet}`,
  subnet: `subnets/${subnet}/metadata`,
  address: `subnets/${subnet}/addresses/10.0.0.1`,
  reserved: `subnets/${subnet}/addresses/10.0.0.2`,
  foreignAddress: `subnets/${subnet}/addresses/10.0.0.3`,
  hypervisor: `hypervisors/${hypervisor}/metadata`,
  attachment: `hypervisors/${hypervisor}/subnets/${subnet}`,
  guestLink: `hypervisors/${hypervisor}/guests/${placed}`,
  foreignLink: `hypervisors/${hypervisor}/guests/${foreign}`,
  guest: `guests/${placed}/metadata`,
  state: `guests/${placed}/state`,
  jobs: `guests/${placed}/jobs`,
  reserving: `guests/${reserving}/metadata`,
  reservation: `guests/${reserving}/reservation`,
  unplaced: `guests/${unplaced}/metadata`,
  foreign: `guests/${foreign}/metadata`,
  flavor: `flavors/${flavor}/metadata`,
  web: `fwgroups/${web}/metadata`,
  vlan: 'vlans/42/metadata',
  vlanSide: `vlans/42/vlangroups/${vlanGroup}`,
  vlanGroup: `vlangroups/${vlanGroup}/metadata`,
  groupSide: `vlangroups/${vlanGroup}/vlans/42`,
  job: `jobs/${job}`,
};

/** One of everything, and nothing wrong. */
const valid: Entries = {
  [key.network]: networkRecord({ metadata: { name: 'a' } }),
  [`networks/${other}/metadata`]: networkRecord({ id: other }),
  [key.link]: '',
  [key.subnet]: subnetRecord(),
  [`subnets/${free}/metadata`]: subnetRecord({ id: free, network: '', gateway: '' }),
  [key.address]: placed,
  [key.reserved]: reserving,
  [key.foreignAddress]: foreign,
  [key.hypervisor]: hypervisorRecord(),
  [`hypervisors/${hypervisor}/heartbeat`]: '2026-11-22T23:00:13.313Z',
  [`hypervisors/${hypervisor}/config/nested/key`]: '',
  [`hypervisors/${idle}/metadata`]: hypervisorRecord({ id: idle, total_resources: { memory: 2n ** 64n - 1n, disk: 0, cpu: 0 } }),
  [key.attachment]: 'br0',
  [key.guestLink]: placed,
  [key.foreignLink]: foreign,
  [key.guest]: placedRecord(),
  [key.state]: stateRecord(),
  [key.jobs]: job,
  [key.reserving]: guestRecord({ id: reserving }),
  [key.reservation]: `${subnet}/10.0.0.2`,
  [key.unplaced]: guestRecord(),
  [`guests/${unplaced}/jobs`]: gone,
  [key.foreign]: foreignRecord(),
  [key.flavor]: flavorRecord(),
  [key.web]: groupRecord(),
  [`fwgroups/${group}/metadata`]: groupRecord({ id: group, rules: [] }),
  [key.vlan]: { tag: 42, description: '' },
  [key.vlanSide]: '',
  [key.vlanGroup]: { id: vlanGroup, description: '', metadata: {} },
  [key.groupSide]: '',
  [key.job]: jobRecord(),
  [`${key.job}.lock`]: 'x',
  [`jobs/${old}`]: jobRecord({ id: old, guest: gone, error: 'x', status: 'error' }),
  'config/a/b': '',
  [`gateway/references/flavors/${flavor}`]: '',
  'gateway/operations/x': '{}',
};

export const options = { foreignGuests: new Set([foreign]) };

export type Changes = Readonly<Record<string, Value | null>>;

/** A name, what is changed in the valid keyspace, and the violations that must be found. */
export type Corruption = readonly [name: string, changes: Changes, violations: readonly string[]];

/** The valid keyspace with some keys changed; null removes one. */
export function changed(changes: Changes): Readonly<Record<string, string>> {
  const entries = Object.entries({ ...valid, ...changes });
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === null ? [] : [[name, textOf(value)]])));
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  // A bigint stands for its digits.
  return JSON.stringify(value, (_name, member) => (typeof member === 'bigint' ? `<${member}>` : member)).replace(
    /"<(\d+)>"/g,
    '$1',
  );
}
