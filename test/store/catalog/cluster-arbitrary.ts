import fc from 'fast-check';
import type { Texts } from '../../support/keyspace-memory.ts';
import { flavorRecord, guestRecord, hypervisorRecord, id, jobRecord, networkRecord, subnetRecord } from '../../support/record.ts';

/** Few of each, so that they meet. */
const numbers = [1, 2, 3];
const named = (letter: string) => numbers.map((number) => id(letter, number));

/** What there can be, and one of each that there never is. */
export const probes = {
  names: {
    NETWORK: [...named('a'), id('a', 9)],
    SUBNET: [...named('b'), id('b', 9)],
    HYPERVISOR: [...named('d'), id('d', 9)],
    GUEST: [...named('c'), id('c', 9)],
    FLAVOR: [...named('f'), id('f', 9)],
    FIREWALL_GROUP: [id('e', 1)],
    VLAN: ['7', '42', '4097'],
    VLAN_GROUP: [id('e', 1)],
    JOB: [...named('9'), id('9', 9)],
    CONFIG: ['a', 'ä', 'a/b', 'nobody', '__proto__'],
  },
};

const idOf = (letter: string) => fc.constantFrom(...named(letter));
/** As other tools may spell it, too: in upper case, or in both. */
const spelledIdOf = (letter: string) =>
  fc.tuple(idOf(letter), fc.constantFrom(0, 0, 1, 2)).map(([name, spelling]) => {
    if (spelling === 0) return name;
    return spelling === 1 ? name.toUpperCase() : name.slice(0, 4) + name.slice(4).toUpperCase();
  });
/** In all spellings that a link's name is understood in. */
const linkedIdOf = (letter: string) =>
  fc.tuple(spelledIdOf(letter), fc.constantFrom(0, 0, 1, 2)).map(([name, spelling]) => {
    if (spelling === 0) return name;
    return spelling === 1 ? name.replaceAll('-', '') : `{${name}}`;
  });
const name = fc.constantFrom('a', 'B', 'ä', '', undefined).map((text) => (text === undefined ? {} : { name: text }));
const orNone = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: '' });

const guest = fc
  .record({
    metadata: name,
    flavor: idOf('f'),
    network: idOf('a'),
    hypervisor: orNone(idOf('d')),
    subnet: orNone(idOf('b')),
    fwgroup: orNone(fc.constant(id('e', 1))),
    vlangroup: orNone(fc.constant(id('e', 2))),
    ip: orNone(fc.constantFrom('10.0.0.1', '10.0.0.20', '9.0.0.1', 'fd00::1', '::ffff:10.0.0.3')),
    mac: orNone(fc.constantFrom('02:00:00:00:00:01', '02:00:00:00:00:0A')),
  })
  .map(guestRecord);
const broken = fc.constantFrom('', '{}', '[]', 'no JSON', '\u0000');

/** A key of any sort with a value of any sort. */
const entry: fc.Arbitrary<readonly [key: string, value: string]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(spelledIdOf('c'), guest).map(([guestId, text]) => [`guests/${guestId}/metadata`, text] as const),
  },
  fc
    .tuple(spelledIdOf('c'), fc.constantFrom('{"state":"RUNNING"}', '{"state":"STOPPED"}', 'nonsense'))
    .map(([guestId, text]) => [`guests/${guestId}/state`, text] as const),
  fc.tuple(spelledIdOf('c'), broken).map(([guestId, text]) => [`guests/${guestId}/metadata`, text] as const),
  fc
    .tuple(spelledIdOf('d'), fc.constantFrom('hypervisors', 'guests', 'networks', 'jobs', 'elsewhere'))
    .map(([nodeId, folder]) => [`${folder}/${nodeId}/heartbeat`, 'x'] as const),
  fc
    .tuple(
      spelledIdOf('d'),
      fc.oneof(
        name.map((metadata) => hypervisorRecord({ metadata })),
        broken,
      ),
    )
    .map(([hypervisorId, text]) => [`hypervisors/${hypervisorId}/metadata`, text] as const),
  {
    weight: 3,
    arbitrary: fc
      .tuple(spelledIdOf('d'), fc.oneof(linkedIdOf('c'), fc.constant('somebody else')))
      .map(([hypervisorId, guestId]) => [`hypervisors/${hypervisorId}/guests/${guestId}`, 'x'] as const),
  },
  fc
    .tuple(spelledIdOf('d'), linkedIdOf('b'))
    .map(([hypervisorId, subnetId]) => [`hypervisors/${hypervisorId}/subnets/${subnetId}`, 'br'] as const),
  fc
    .tuple(
      spelledIdOf('f'),
      fc.oneof(
        fc.constantFrom(1, 2).map((memory) => flavorRecord({ memory })),
        broken,
      ),
    )
    .map(([flavorId, text]) => [`flavors/${flavorId}/metadata`, text] as const),
  fc
    .tuple(
      spelledIdOf('b'),
      fc.oneof(
        fc.tuple(orNone(idOf('a')), name).map(([network, metadata]) => subnetRecord({ network, metadata })),
        broken,
      ),
    )
    .map(([subnetId, text]) => [`subnets/${subnetId}/metadata`, text] as const),
  fc
    .tuple(
      spelledIdOf('a'),
      fc.oneof(
        name.map((metadata) => networkRecord({ metadata })),
        broken,
      ),
    )
    .map(([networkId, text]) => [`networks/${networkId}/metadata`, text] as const),
  fc
    .tuple(
      spelledIdOf('9'),
      fc.constantFrom('', '.lock', '/x'),
      fc.oneof(
        idOf('c').map((of) => jobRecord({ guest: of })),
        broken,
      ),
    )
    .map(([jobId, ending, text]) => [`jobs/${jobId}${ending}`, text] as const),
  fc
    .tuple(fc.constantFrom('7', '42', '07', '4097'), fc.constantFrom('metadata', 'vlangroups/x'), fc.constantFrom('{}', '[]'))
    .map(([tag, child, text]) => [`vlans/${tag}/${child}`, text] as const),
  fc
    .tuple(fc.constantFrom('a', 'ä', 'a/b', '', '__proto__'), fc.constantFrom('', 'x'))
    .map(([key, text]) => [`config/${key}`, text] as const),
);

/** What one commit puts, and, where it is null, removes. */
const commit: fc.Arbitrary<Texts> = fc
  .array(fc.tuple(entry, fc.nat(3)), { minLength: 1, maxLength: 4 })
  .map((made) => Object.fromEntries(made.map(([[key, value], chance]) => [`lochness/${key}`, chance === 0 ? null : value])));

export const commits: fc.Arbitrary<readonly Texts[]> = fc.array(commit, { minLength: 1, maxLength: 40, size: 'max' });
