/** Records as the Go tools write them, with what a test does not care about filled in. */

/** A UUID that a person can tell from others: `id('a', 1)` ends in 1 and begins with a. */
export function id(letter: string, number: number): string {
  return `${letter.repeat(8)}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

type Fields = Readonly<Record<string, unknown>>;

function record(defaults: Fields): (fields?: Fields) => string {
  return (fields) => JSON.stringify({ metadata: {}, ...defaults, ...fields });
}

export const networkRecord = record({});
export const subnetRecord = record({ network: '', gateway: '', cidr: '10.0.0.0/24', start: '10.0.0.1', end: '10.0.0.254' });
export const flavorRecord = record({ image: id('e', 1), memory: 100, disk: 1000, cpu: 1 });
export const firewallGroupRecord = record({ rules: [] });
export const vlanGroupRecord = record({ description: '' });
export const guestRecord = record({
  type: 'kvm',
  flavor: id('f', 1),
  hypervisor: '',
  network: id('a', 1),
  subnet: '',
  fwgroup: '',
  vlangroup: '',
  mac: '',
  ip: '',
  bridge: '',
});
export const hypervisorRecord = record({
  ip: '',
  netmask: '',
  gateway: '',
  mac: '',
  total_resources: { memory: 1000, disk: 10000, cpu: 8 },
  available_resources: { memory: 1000, disk: 10000, cpu: 8 },
});
export const jobRecord = record({
  remote: '',
  action: 'create',
  guest: id('c', 1),
  status: 'new',
  started_at: '0001-01-01T00:00:00Z',
  finished_at: '0001-01-01T00:00:00Z',
});
