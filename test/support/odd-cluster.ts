import fc from 'fast-check';
import { type FixtureEntry, type GatewaySchema, openGatewaySchema, readFixture } from './gateway-schema.ts';
import { startOddAgent } from './odd-agent.ts';
import { guestRecord, hypervisorRecord, id } from './record.ts';

const goneGuest = id('c', 9);

/** The golden clusters, and beside them all that other tools and broken disks leave behind. */
export async function openOddCluster({ withCatalog = false } = {}): Promise<GatewaySchema> {
  const agent = await startOddAgent();
  const gateway = await openGatewaySchema({ agentPort: agent.port, withCatalog });
  for (const fixture of ['cluster-a', 'edge']) await gateway.load(readFixture(fixture).map(atHome));
  await gateway.putAll({
    [`networks/${id('a', 1)}/metadata`]: 'no JSON',
    [`subnets/${id('b', 1)}/metadata`]: '{"cidr":"10.0.0.0/33"}',
    'subnets/44c85fd1-74bf-4cf4-bcb5-f561cd0040e8/addresses/10.9.8.5': 'nobody',
    'subnets/44c85fd1-74bf-4cf4-bcb5-f561cd0040e8/addresses/nonsense': '',
    [`hypervisors/${id('d', 1)}/heartbeat`]: 'of a hypervisor without a record',
    [`hypervisors/${id('d', 2)}/metadata`]: hypervisorRecord(),
    [`hypervisors/${id('d', 2)}/config/__proto__`]: 'x',
    [`hypervisors/${id('d', 2)}/guests/${goneGuest}`]: goneGuest,
    [`hypervisors/${id('d', 2)}/subnets/${id('b', 9)}`]: 'br9',
    [`guests/${id('c', 1)}/metadata`]: guestRecord({
      flavor: id('f', 9),
      hypervisor: id('d', 9),
      metadata: { name: 'x'.repeat(1000) },
    }),
    [`guests/${id('c', 2)}/metadata`]: '{}',
    [`jobs/${id('9', 1)}`]: '[]',
    'vlans/9999/metadata': '{}',
    'vlans/42/vlangroups/nonsense': '',
    config: 'no entry',
    'config/__proto__': '',
  });
  return {
    ...gateway,
    async close() {
      await gateway.close();
      await agent.close();
    },
  };
}

/** The agents of the golden clusters are where the tests are. */
function atHome(entry: FixtureEntry): FixtureEntry {
  if (!/^lochness\/hypervisors\/[^/]+\/metadata$/.test(entry.key)) return entry;
  return { ...entry, value: entry.value.replace(/"ip":"[^"]+"/, '"ip":"127.0.0.1"') };
}

const knownIds = [
  '9ad590d2-8e5c-47ac-98b1-c331b320fbad',
  '8a5dc6ab-3dab-4e11-8848-fd36fb5dc2c4',
  'f3ff4d45-1e42-4e18-a215-aaee06a2d64b',
  '625d132a-7b2f-4a91-8818-0187742513d3',
  '44c85fd1-74bf-4cf4-bcb5-f561cd0040e8',
  '6d1aadc9-e503-4e4b-99bf-11ae0a796ebc',
  '5058f1c0-086d-429d-9ee5-d2309b95e4b0',
  '68df4d6b-15c5-4422-954e-2ca75f2c3053',
  'e7631e44-928f-48f6-a597-af302834dac9',
  '1c00dd92-d4e7-45b2-8494-d150ad051371',
  '51e52341-e448-4632-a58b-1a6eee4b5d92',
  'AABBCCDD-EEFF-4011-8022-AABBCCDDEEFF',
  'd009071e-8082-423f-90f0-54844f14ee5e',
  '0bb216ed-333f-4a69-9b61-22ba20d139c1',
  'ca5caf97-5273-40c2-91fc-1b26548b0d0f',
  id('a', 1),
  id('b', 1),
  id('c', 1),
  id('c', 2),
  id('d', 1),
  id('d', 2),
  id('9', 1),
  'vlan:42',
  'vlan:9999',
  'config:dhcp/dns/primary',
  'config:__proto__',
];
const otherSpellings = knownIds.flatMap((known) => [
  known.toUpperCase(),
  `{${known}}`,
  `urn:uuid:${known}`,
  known.replaceAll('-', ''),
]);
const cursors = [
  '["ID","625d132a-7b2f-4a91-8818-0187742513d3"]',
  '["ID","zz"]',
  '["NAME","e7631e44-928f-48f6-a597-af302834dac9",null]',
  '["CREATED","x","000000"]',
  '["TAG","vlan:42","0"]',
  '["KEY","dhcp"]',
  '["ADDRESS","10.9.8.4","40a090804"]',
  '["FREE_MEMORY","x","y"]',
  '[1,2,3]',
  '{}',
].map((json) => Buffer.from(json).toString('base64url'));

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '',
    ' ',
    'web',
    '__proto__',
    'constructor',
    'kvm',
    'foo',
    'create',
    'dhcp/',
    'dhcp/dns/primary',
    '\ud800',
    'é',
    '🦕',
    'x'.repeat(5000),
  ),
  fc.constantFrom(...cursors),
);

/** One wrong value refuses a whole document: they must be few for the others to be tried. */
function mostly(right: fc.Arbitrary<unknown>, wrong: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 20, arbitrary: right }, { weight: 1, arbitrary: wrong });
}

/** Values by the name of a scalar, good and bad ones; ids that lead somewhere there among them. */
export const oddScalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ID: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...knownIds) },
    { weight: 2, arbitrary: fc.constantFrom(...otherSpellings) },
    { weight: 1, arbitrary: fc.uuid() },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: fc.integer() },
  ),
  String: text,
  Int: mostly(
    fc.oneof(fc.integer({ min: -2, max: 60 }), fc.constantFrom(42, 4095, 4096, 1000, 1001, 2 ** 31 - 1, -(2 ** 31))),
    fc.constantFrom<unknown>(2 ** 31, 1.5, '1'),
  ),
  Float: fc.oneof(fc.double(), fc.constantFrom(0, -0, 0.5, 1, 1e308)),
  Boolean: fc.boolean(),
  IPAddress: mostly(
    fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('10.10.1.47', '10.9.8.4', '2001:db8::4', '::ffff:10.9.8.4')),
    fc.oneof(fc.constantFrom<unknown>('10.0.0.1/8', 'x', 1), text),
  ),
  MACAddress: mostly(
    fc.constantFrom('de:ad:be:ef:7f:21', 'DE-AD-BE-EF-7F-21'),
    fc.oneof(fc.constantFrom<unknown>('de:ad', 1), text),
  ),
  StringMap: mostly(
    fc.dictionary(fc.constantFrom('rack', 'name', '__proto__', 'constructor'), text, { maxKeys: 3 }),
    fc.constantFrom<unknown>({ rack: 1 }, { rack: null }, { 'x y': 'x' }, [], 'x'),
  ),
};
