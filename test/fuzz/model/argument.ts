import fc from 'fast-check';
import { id } from '../../support/record.ts';
import type { Json } from './model.ts';

/** Stands for an address of the subnet that somebody holds, when it is sent. */
export const heldAddress = 'held';
/** Stands for one of the jobs that there are when it is sent, or that failed by then. */
export const someJob = /^(failed )?job (\d)$/;

/** Few ids, so that what one operation makes the others find. */
export const pools = {
  networks: idsOf('a', 4),
  subnets: idsOf('b', 5),
  guests: idsOf('c', 6),
  hypervisors: idsOf('d', 3),
  flavors: idsOf('f', 3),
  fwgroups: idsOf('7', 3),
  vlangroups: idsOf('8', 3),
};

/** The one that is placed in the small cluster. */
export const placedGuest = pools.guests[3] ?? '';

function idsOf(letter: string, count: number): readonly [string, ...string[]] {
  return [id(letter, 1), ...Array.from({ length: count - 1 }, (_, index) => id(letter, index + 2))];
}

const everyId = Object.values(pools).flat();

/** A node of the folder, often the first one; seldom one of another kind, another spelling, or no id at all. */
function ref(folder: keyof typeof pools): fc.Arbitrary<string> {
  const [first] = pools[folder];
  const own = fc.oneof(fc.constant(first), fc.constantFrom(...pools[folder]));
  return fc.oneof(
    { weight: 40, arbitrary: own },
    { weight: 2, arbitrary: own.map((text) => text.toUpperCase()) },
    { weight: 1, arbitrary: fc.constantFrom(...everyId) },
    { weight: 1, arbitrary: fc.constant('x') },
  );
}

/** Mostly the first. */
export function mostly<T>(usual: fc.Arbitrary<T>, ...others: readonly fc.Arbitrary<T>[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 12, arbitrary: usual }, ...others.map((arbitrary) => ({ weight: 1, arbitrary })));
}

const one = fc.constantFrom;
const metadata = fc.dictionary(one('name', 'a', '10', '9', '__proto__'), one('', 'x', '<é>'), { maxKeys: 2 });
const patch = mostly<Json>(fc.dictionary(one('name', 'a', '10'), one('', 'y', null), { maxKeys: 2 }), fc.constant(null));
const ifRevision = fc.oneof(
  { weight: 5, arbitrary: fc.constant('current') },
  { weight: 4, arbitrary: fc.constant('stale') },
  { weight: 1, arbitrary: fc.constant(null) },
);
const tag = mostly(fc.oneof(one(1), one(1, 2, 3)), one(0, 4096));
const text = one('', 'x', 'é');
const host = mostly(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 17 })).map((number) => `10.0.0.${number}`);
const size = fc.record({ memory: mostly(one(100, 150, 500), one(0, -1)), disk: one(500, 1000), cpu: one(1, 2) });
const room = fc.record({ memory: one(100, 250, 450), disk: one(1000, 5000), cpu: one(1, 2, 4) });
/** One that fits, most of the time; the larger network overlaps the others. */
const subnetFields = mostly<Json>(
  fc
    .tuple(one('10.0.0.0/29', '10.0.0.8/29', '10.0.0.0/28'), fc.integer({ min: 0, max: 2 }), fc.boolean())
    .map(([cidr, more, hasGateway]) => {
      const first = cidr === '10.0.0.8/29' ? 9 : 1;
      const gateway = hasGateway ? { gateway: `10.0.0.${first}` } : {};
      return { cidr, startRange: `10.0.0.${first}`, endRange: `10.0.0.${first + more + 1}`, ...gateway };
    }),
  fc.record({ cidr: one('10.0.0.0/29', '10.0.0.8/29'), startRange: host, endRange: host, gateway: host }),
);
const rule = fc.record(
  {
    source: one('10.0.0.0/8', '::/0'),
    sourceGroupId: ref('fwgroups'),
    portStart: mostly(one(0, 22), one(80, 65_536)),
    portEnd: mostly(one(22, 65_535), one(1, 65_536)),
    protocol: mostly(one('tcp', '58'), one('igmp')),
    action: mostly(one('allow', 'deny'), one('drop')),
  },
  { requiredKeys: ['portStart', 'portEnd', 'protocol', 'action'] },
);
const rules = fc.array(rule, { maxLength: 2 });

type Fields = Readonly<Record<string, fc.Arbitrary<Json>>>;

/** The required fields, and each of the others half of the time. */
function some(required: Fields, others: Fields = {}): fc.Arbitrary<Json> {
  return fc.record({ ...required, ...others }, { requiredKeys: Object.keys(required) });
}

/** What each update and delete takes, seldom. */
function revised(fields: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc.oneof(
    { weight: 4, arbitrary: fields },
    { weight: 1, arbitrary: fc.tuple(fields, ifRevision).map(([given, revision]) => ({ ...given, ifRevision: revision })) },
  );
}

const input = (fields: fc.Arbitrary<Json>) => fc.record({ input: fields });
/** An id that the client chose, nearly always: what has another id nobody finds again. */
const chosenId = (folder: keyof typeof pools) => mostly<Json>(some({ id: newId(folder) }), fc.constant({}));
/** Often one of the last: those are not there in the beginning. */
const newId = (folder: keyof typeof pools) => fc.oneof(one(...pools[folder].slice(-2)), ref(folder));

function create(folder: keyof typeof pools, fields: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return input(fc.tuple(chosenId(folder), fields, some({}, { metadata })).map((parts) => Object.assign({}, ...parts)));
}

function update(folder: keyof typeof pools, others: Fields): fc.Arbitrary<Json> {
  return input(revised(some({ id: ref(folder) }, { metadata: patch, ...others })));
}

const orNull = (usual: fc.Arbitrary<Json>) => mostly<Json>(usual, fc.constant(null));
const strategy = one('RANDOM', 'SPREAD', 'PACK');
const hypervisorAndSubnet = { hypervisorId: ref('hypervisors'), subnetId: ref('subnets') };
const networkAndSubnet = fc.record({ networkId: ref('networks'), subnetId: ref('subnets') });
const settingKey = mostly(one('schedulable', 'a/b'), one('', 'a//b', '..'));
const settingValue = one('true', 'false', 'x', '');
const remove = (folder: keyof typeof pools) => revised(some({ id: ref(folder) }));
const groups = { firewallGroupId: ref('fwgroups'), vlanGroupId: ref('vlangroups') };
const guestFields = some(
  { flavorId: ref('flavors'), networkId: ref('networks') },
  { ...groups, type: mostly(one('kvm'), one('')), mac: one('02:00:00:00:00:01') },
);

/** Each mutation with how often it comes, and its arguments. */
export const argumentsOf: Readonly<Record<string, readonly [weight: number, args: fc.Arbitrary<Json>]>> = {
  createNetwork: [2, create('networks', fc.constant({}))],
  updateNetwork: [1, update('networks', {})],
  deleteNetwork: [1, remove('networks')],
  addSubnetToNetwork: [3, networkAndSubnet],
  removeSubnetFromNetwork: [2, networkAndSubnet],
  createSubnet: [
    4,
    create(
      'subnets',
      fc.tuple(subnetFields, some({}, { networkId: ref('networks') })).map((parts) => Object.assign({}, ...parts)),
    ),
  ],
  updateSubnet: [3, update('subnets', { gateway: orNull(host), startRange: orNull(host), endRange: orNull(host) })],
  deleteSubnet: [2, remove('subnets')],
  reserveAddress: [10, some({ subnetId: ref('subnets'), guestId: ref('guests') }, { ip: host })],
  releaseAddress: [10, fc.record({ subnetId: ref('subnets'), ip: mostly<string>(one(heldAddress), host) })],
  createHypervisor: [
    2,
    create(
      'hypervisors',
      some({ ip: one('192.0.2.1') }, { gateway: orNull(host), totalResources: room, availableResources: room }),
    ),
  ],
  updateHypervisor: [
    2,
    update('hypervisors', {
      ip: orNull(host),
      gateway: orNull(host),
      totalResources: orNull(room),
      availableResources: orNull(room),
    }),
  ],
  deleteHypervisor: [1, remove('hypervisors')],
  attachSubnet: [4, fc.record({ ...hypervisorAndSubnet, bridge: mostly(one('br0', 'br1'), one('', 'a b', 'x'.repeat(16))) })],
  detachSubnet: [2, fc.record(hypervisorAndSubnet)],
  setHypervisorConfig: [3, revised(fc.record({ hypervisorId: ref('hypervisors'), key: settingKey, value: settingValue }))],
  deleteHypervisorConfig: [2, fc.record({ hypervisorId: ref('hypervisors'), key: settingKey })],
  setSchedulable: [2, revised(fc.record({ hypervisorId: ref('hypervisors'), schedulable: fc.boolean() }))],
  heartbeat: [
    4,
    some(
      { hypervisorId: ref('hypervisors'), ttlSeconds: mostly(one(3600), one(9, 86_401)) },
      { resources: fc.record({ total: room, available: room }) },
    ),
  ],
  createFlavor: [2, create('flavors', fc.record({ imageId: mostly(one(id('e', 1)), one('x')), resources: size }))],
  updateFlavor: [2, update('flavors', { imageId: orNull(one(id('e', 1), id('e', 2), 'x')), resources: orNull(size) })],
  deleteFlavor: [1, remove('flavors')],
  createFirewallGroup: [2, create('fwgroups', some({}, { rules }))],
  updateFirewallGroup: [2, update('fwgroups', { rules: orNull(rules) })],
  deleteFirewallGroup: [1, remove('fwgroups')],
  createVLAN: [2, input(some({ tag }, { description: text }))],
  updateVLAN: [1, input(revised(some({ tag, description: text })))],
  deleteVLAN: [1, revised(some({ tag }))],
  createVLANGroup: [2, create('vlangroups', some({}, { description: text, vlanTags: fc.array(tag, { maxLength: 2 }) }))],
  updateVLANGroup: [1, update('vlangroups', { description: orNull(text) })],
  deleteVLANGroup: [1, remove('vlangroups')],
  addVLANToGroup: [2, fc.record({ vlanGroupId: ref('vlangroups'), tag })],
  removeVLANFromGroup: [2, fc.record({ vlanGroupId: ref('vlangroups'), tag })],
  setConfig: [1, revised(fc.record({ key: settingKey, value: settingValue }))],
  deleteConfig: [1, revised(fc.record({ key: settingKey }))],
  createGuest: [
    10,
    fc
      .tuple(create('guests', guestFields), some({}, { place: fc.boolean(), strategy }))
      .map((parts) => Object.assign({}, ...parts)),
  ],
  placeGuest: [
    10,
    some({ guestId: ref('guests') }, { hypervisorId: ref('hypervisors'), strategy, dryRun: mostly(one(false), one(true)) }),
  ],
  unplaceGuest: [6, fc.record({ guestId: ref('guests') })],
  updateGuest: [
    6,
    update('guests', {
      type: mostly<Json>(one('kvm', 'lxc'), one('', null)),
      flavorId: orNull(ref('flavors')),
      firewallGroupId: orNull(ref('fwgroups')),
      vlanGroupId: orNull(ref('vlangroups')),
      mac: orNull(one('02:00:00:00:00:01')),
    }),
  ],
  deleteGuest: [4, remove('guests')],
  guestAction: [
    10,
    fc.record({
      guestId: ref('guests'),
      action: one('START', 'SHUTDOWN', 'REBOOT', 'RESTART', 'POWEROFF', 'SUSPEND'),
    }),
  ],
  fetchImage: [4, fc.record({ guestId: ref('guests') })],
  retryJob: [
    8,
    fc.record({ id: mostly<string>(one('failed job 0', 'failed job 1', 'failed job 2'), one('job 0', 'job 3'), ref('guests')) }),
  ],
};
