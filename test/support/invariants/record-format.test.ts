import { describe, expect, it } from 'vitest';
import { invariantViolations } from '../invariants.ts';
import {
  type Corruption,
  changed,
  gone,
  groupRecord,
  guestRecord,
  hypervisorRecord,
  idle,
  jobRecord,
  key,
  network,
  networkRecord,
  options,
  rule,
  stateRecord,
  subnetRecord,
} from './valid-keyspace.ts';

const corruptions: readonly Corruption[] = [
  ['an unknown folder', { 'other/a': '' }, ['other/a: no key of ours']],
  ['an unknown key of a node', { [`networks/${network}/x`]: '' }, [`networks/${network}/x: no key of ours`]],
  ['an upper-case id', { [key.network.toUpperCase()]: '' }, [`${key.network.toUpperCase()}: no key of ours`]],
  ['a tag of 4096', { 'vlans/4096/metadata': '' }, ['vlans/4096/metadata: no key of ours']],
  ['a link with a value', { [key.link]: 'x' }, [`${key.link}: its value is "x"`]],
  ['a node without a record', { [`flavors/${gone}/metadata`]: '[]' }, [`flavors/${gone}/metadata: it is no JSON object`]],
  [
    'a heartbeat of nobody',
    { [`hypervisors/${gone}/heartbeat`]: '2026-11-22T23:00:13Z' },
    [`hypervisors/${gone}/heartbeat: there is no record of hypervisors/${gone}`],
  ],
  ['a lock of no job', { [`jobs/${gone}.lock`]: '' }, [`jobs/${gone}.lock: there is no record of jobs/${gone}`]],
  [
    'a counted reference to nobody',
    { [`gateway/references/flavors/${gone}`]: '' },
    [`gateway/references/flavors/${gone}: there is no record of flavors/${gone}`],
  ],
  ['an id that is not the key', { [key.unplaced]: guestRecord({ id: gone }) }, [`${key.unplaced}: its id is ${gone}`]],
  ['a tag that is not the key', { [key.vlan]: { tag: 43, description: '' } }, [`${key.vlan}: its tag is 43`]],
  [
    'a field too many',
    { [key.network]: networkRecord({ x: 1 }) },
    [`${key.network}: its fields are id,metadata,x, not id,metadata`],
  ],
  ['a field too few', { [key.network]: { id: network } }, [`${key.network}: its fields are id, not id,metadata`]],
  [
    'fields out of order',
    { [key.network]: { metadata: {}, id: network } },
    [`${key.network}: its fields are metadata,id, not id,metadata`],
  ],
  [
    'metadata that is no text',
    { [key.network]: networkRecord({ metadata: { a: 1 } }) },
    [`${key.network}: its metadata is no object of texts`],
  ],
  ['a null', { [key.unplaced]: guestRecord({ ip: null }) }, [`${key.unplaced}: its ip is no address in canonical form, nor ""`]],
  ['no MAC', { [key.unplaced]: guestRecord({ mac: '' }) }, [`${key.unplaced}: its mac is no MAC in canonical form`]],
  [
    'host bits',
    { [key.subnet]: subnetRecord({ cidr: '10.0.0.1/29' }) },
    [`${key.subnet}: its cidr is no CIDR in canonical form`],
  ],
  [
    'a number above 64 bits',
    {
      [`hypervisors/${idle}/metadata`]: hypervisorRecord({ id: idle, total_resources: { memory: 2n ** 64n, disk: 0, cpu: 0 } }),
    },
    [`hypervisors/${idle}/metadata: its total_resources is no resources`],
  ],
  [
    'a port above 65535',
    { [key.web]: groupRecord({ rules: [rule({ portEnd: 65536 })] }) },
    [`${key.web}: its rules is no list of rules`],
  ],
  ['a time that is none', { [key.job]: jobRecord({ created_at: '' }) }, [`${key.job}: its created_at is no time in UTC`]],
  [
    'a state that is none',
    { [key.state]: stateRecord({ state: 'UNPLACED' }) },
    [expect.stringContaining(`${key.state}: its state is no one of PENDING`)],
  ],
];

describe('the invariants of keys and records', () => {
  it.each(corruptions)('find %s', (_name, changes, violations) => {
    expect(invariantViolations(changed(changes), options)).toEqual(violations);
  });
});
