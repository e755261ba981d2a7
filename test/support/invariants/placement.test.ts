import { describe, expect, it } from 'vitest';
import { invariantViolations } from '../invariants.ts';
import {
  type Corruption,
  changed,
  flavorRecord,
  foreign,
  gone,
  guestRecord,
  hypervisor,
  hypervisorRecord,
  idle,
  job,
  jobRecord,
  key,
  old,
  options,
  other,
  placed,
  placedRecord,
  reserving,
  stateRecord,
  subnet,
  unplaced,
} from './valid-keyspace.ts';

const corruptions: readonly Corruption[] = [
  [
    'an address of nobody',
    { [`subnets/${subnet}/addresses/10.0.0.4`]: gone },
    [`subnets/${subnet}/addresses/10.0.0.4: its guest ${gone} is not there`],
  ],
  [
    'a second address of a placed guest',
    { [`subnets/${subnet}/addresses/10.0.0.4`]: placed },
    [`subnets/${subnet}/addresses/10.0.0.4: its guest ${placed} does not name it`],
  ],
  [
    'an address of an unplaced guest',
    { [`subnets/${subnet}/addresses/10.0.0.4`]: unplaced },
    [`subnets/${subnet}/addresses/10.0.0.4: its guest ${unplaced} does not name it`],
  ],
  [
    'a second address of a plain writer',
    { [`subnets/${subnet}/addresses/10.0.0.4`]: foreign },
    [`subnets/${subnet}/addresses/10.0.0.4: its guest ${foreign} does not name it`],
  ],
  [
    'an address outside the range',
    { [`subnets/${subnet}/addresses/10.0.0.7`]: unplaced },
    [`subnets/${subnet}/addresses/10.0.0.7: it is not in 10.0.0.1 to 10.0.0.6`],
  ],
  [
    'the gateway handed out',
    { [`subnets/${subnet}/addresses/10.0.0.5`]: unplaced },
    [`subnets/${subnet}/addresses/10.0.0.5: it is the gateway`],
  ],
  [
    'an address in another spelling',
    { [`subnets/${subnet}/addresses/::ffff:10.0.0.4`]: unplaced },
    [`subnets/${subnet}/addresses/::ffff:10.0.0.4: it is no address in canonical form`],
  ],
  ['an address held by no guest', { [key.address]: null }, [`${key.guest}: its ${key.address} is not held`]],
  [
    'one address of two guests',
    {
      [key.unplaced]: placedRecord({ id: unplaced }),
      [`hypervisors/${hypervisor}/guests/${unplaced}`]: unplaced,
      [`guests/${unplaced}/state`]: stateRecord({ state: 'RUNNING' }),
      [key.hypervisor]: hypervisorRecord({ total_resources: { memory: 300, disk: 30, cpu: 1 } }),
    },
    [`${key.unplaced}: its ${key.address} is held by ${placed}`],
  ],
  ['a reservation without its address', { [key.reserved]: null }, [`${key.reservation}: ${key.reserved} is not held`]],
  [
    "a reservation of another's address",
    { [key.reservation]: `${subnet}/10.0.0.1`, [key.reserved]: null },
    [`${key.reservation}: ${key.address} is held by ${placed}`],
  ],
  [
    'a reservation in a missing subnet',
    { [key.reservation]: `${gone}/10.0.0.2`, [key.reserved]: null },
    [`${key.reservation}: there is no subnet ${gone}`],
  ],
  [
    'a reservation outside its network',
    { [key.reserving]: guestRecord({ id: reserving, network: other }) },
    [`${key.reservation}: its subnet is not in the guest's network`],
  ],
  [
    'a reservation of a placed guest',
    { [`guests/${placed}/reservation`]: `${subnet}/10.0.0.1` },
    [`guests/${placed}/reservation: its guest is placed`],
  ],
  ['a placed guest without its link', { [key.guestLink]: null }, [`${key.guest}: its hypervisor has no ${key.guestLink}`]],
  [
    'a placed guest without an address',
    { [key.guest]: placedRecord({ ip: '' }), [key.address]: null },
    [`${key.guest}: it is placed and has no address`],
  ],
  [
    'a placed guest whose subnet is not attached',
    { [key.attachment]: null },
    [
      `${key.guest}: its subnet ${subnet} is not attached to its hypervisor ${hypervisor}`,
      `${key.foreign}: its subnet ${subnet} is not attached to its hypervisor ${hypervisor}`,
    ],
  ],
  [
    "a placed guest in another network's subnet",
    { [key.guest]: placedRecord({ network: other }) },
    [`${key.guest}: its subnet ${subnet} is not in its network`],
  ],
  [
    'a placed guest on another bridge',
    { [key.guest]: placedRecord({ bridge: 'br1' }) },
    [`${key.guest}: its bridge is "br1", its subnet's is "br0"`],
  ],
  [
    'an unplaced guest with a bridge',
    { [key.unplaced]: guestRecord({ bridge: 'br0' }) },
    [`${key.unplaced}: it is unplaced and has a bridge`],
  ],
  [
    'an unplaced guest with a subnet',
    { [key.unplaced]: guestRecord({ subnet }) },
    [`${key.unplaced}: it is unplaced and has a subnet`],
  ],
  [
    'an unplaced guest with an address',
    { [key.unplaced]: guestRecord({ ip: '10.0.0.1' }) },
    [`${key.unplaced}: it is unplaced and has a ip`],
  ],
  [
    'an unplaced guest with a state',
    { [`guests/${unplaced}/state`]: stateRecord() },
    [`guests/${unplaced}/state: its guest is unplaced`],
  ],
  [
    'a link to nobody',
    { [`hypervisors/${idle}/guests/${gone}`]: gone },
    [`hypervisors/${idle}/guests/${gone}: there is no such guest`],
  ],
  [
    'a link from a second hypervisor',
    { [`hypervisors/${idle}/guests/${placed}`]: placed, [`hypervisors/${idle}/metadata`]: hypervisorRecord({ id: idle }) },
    [`hypervisors/${idle}/guests/${placed}: its guest's hypervisor is "${hypervisor}"`],
  ],
  [
    'a link that says another guest',
    { [`hypervisors/${hypervisor}/guests/${placed}`]: foreign },
    [`${key.guestLink}: its value is "${foreign}"`],
  ],
  [
    'a job of nobody',
    { [`jobs/${old}`]: jobRecord({ id: old, guest: gone }) },
    [`jobs/${old}: it is to be done, and its guest ${gone} is not there`],
  ],
  [
    'a job of an unplaced guest',
    { [`jobs/${old}`]: jobRecord({ id: old, guest: unplaced, status: 'working' }) },
    [`jobs/${old}: it is to be done, and its guest ${unplaced} is unplaced`],
  ],
  ["another guest's job", { [`guests/${unplaced}/jobs`]: job }, [`guests/${unplaced}/jobs: the job is one of ${placed}`]],
  [
    'a job that its guest does not know',
    { [key.jobs]: null, [key.state]: stateRecord({ state: 'RUNNING' }) },
    [`${key.job}: it is to be done, and ${key.jobs} does not lead to a job`, `${key.guest}: it is placed and has no job`],
  ],
  ['a placed guest without a state', { [key.state]: null }, [`${key.guest}: it is placed and has no state`]],
  [
    'a guest that waits for nothing',
    { [key.job]: null, [`${key.job}.lock`]: null },
    [`${key.state}: nothing is to be done that would end it`],
  ],
  [
    'a guest that waits for what was done',
    { [key.job]: jobRecord({ status: 'done' }) },
    [`${key.state}: nothing is to be done that would end it`],
  ],
  [
    'more disk than there is',
    { [key.flavor]: flavorRecord({ disk: 11 }) },
    [`${key.hypervisor}: its guests have 22 MB of disk, more than its 20`],
  ],
];

describe('the invariants of addresses, placement and jobs', () => {
  it.each(corruptions)('find %s', (_name, changes, violations) => {
    expect(invariantViolations(changed(changes), options)).toEqual(violations);
  });
});
