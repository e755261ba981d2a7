import {
  firewallGroupRecord,
  flavorRecord,
  guestRecord,
  hypervisorRecord,
  id,
  jobRecord,
  networkRecord,
  subnetRecord,
  vlanGroupRecord,
} from '../support/record.ts';

/** A small world around one guest, as the Go tools and the gateway leave it. */

export const guest = id('c', 1);
export const other = id('c', 2);
export const network = id('a', 1);
export const subnet = id('b', 1);
export const hypervisor = id('d', 1);
export const flavor = id('f', 1);
export const ip = '10.0.0.7';
export const mac = '02:00:5e:00:53:01';

type Entries = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, unknown>>;

/** What a guest may be placed in; without a guest. */
export const inventory: Entries = {
  [`networks/${network}/metadata`]: networkRecord(),
  [`networks/${network}/subnets/${subnet}`]: '',
  [`subnets/${subnet}/metadata`]: subnetRecord({ network, gateway: '10.0.0.1', end: '10.0.0.14' }),
  [`hypervisors/${hypervisor}/metadata`]: hypervisorRecord(),
  [`hypervisors/${hypervisor}/subnets/${subnet}`]: 'br0',
  [`flavors/${flavor}/metadata`]: flavorRecord(),
  [`flavors/${id('f', 2)}/metadata`]: flavorRecord(),
  [`fwgroups/${id('9', 1)}/metadata`]: firewallGroupRecord(),
  [`vlangroups/${id('8', 1)}/metadata`]: vlanGroupRecord(),
};

export const heartbeat: Entries = { [`hypervisors/${hypervisor}/heartbeat`]: 'beating' };

export function unplacedGuest(fields: Fields = {}): Entries {
  return { [`guests/${guest}/metadata`]: guestRecord({ id: guest, mac, ...fields }) };
}

export function placedGuest(fields: Fields = {}): Entries {
  return {
    [`guests/${guest}/metadata`]: guestRecord({ id: guest, mac, hypervisor, subnet, ip, bridge: 'br0', ...fields }),
    [`hypervisors/${hypervisor}/guests/${guest}`]: guest,
    [`subnets/${subnet}/addresses/${ip}`]: guest,
  };
}

export function stateOf(state: string): Entries {
  return { [`guests/${guest}/state`]: stateRecord(state) };
}

export function stateRecord(state: string): string {
  return JSON.stringify({ state, reported: '', observed_at: '1970-01-01T00:00:00.000Z' });
}

export const jobId = (number: number) => id('7', number);

export function jobOf(number: number, fields: Fields = {}): Entries {
  return { [`jobs/${jobId(number)}`]: jobRecord({ guest, ...fields }) };
}

/** The gateway's key that leads to the guest's newest job. */
export function newestJob(number: number): Entries {
  return { [`guests/${guest}/jobs`]: jobId(number) };
}

/** The record of `placedGuest` or `unplacedGuest` while it is unplaced. */
export const clearedRecord = guestRecord({ id: guest, mac });
