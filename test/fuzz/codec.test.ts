import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordError, type RecordFields, readRecord, rewriteRecord } from '../../src/store/codec.ts';
import type { RecordSource, Resources, StringMap } from '../../src/store/entities/entity.ts';
import { decodeFirewallGroup, encodeFirewallGroup } from '../../src/store/entities/firewall-group.ts';
import { decodeFlavor, encodeFlavor } from '../../src/store/entities/flavor.ts';
import { decodeGuest, encodeGuest } from '../../src/store/entities/guest.ts';
import { decodeHypervisor, encodeHypervisor } from '../../src/store/entities/hypervisor.ts';
import { decoders } from '../../src/store/entities/index.ts';
import { decodeJob, encodeJob, jobStatuses } from '../../src/store/entities/job.ts';
import { decodeSubnet, encodeSubnet } from '../../src/store/entities/subnet.ts';
import { decodeVLANGroup, encodeVLANGroup } from '../../src/store/entities/vlan-group.ts';
import { foldName, jsonMembers } from '../../src/store/json-member.ts';
import { nodeKinds } from '../../src/store/keys.ts';
import type { KeyValue } from '../../src/store/store.ts';
import { formatIPAddress } from '../../src/store/values/ip-address.ts';

const ownId = '1c00dd92-d4e7-45b2-8494-d150ad051371';

function sourceOf(value: Buffer): RecordSource {
  const directory = 'lochness/x/';
  const record: KeyValue = { key: `${directory}metadata`, value, createRevision: 3, modRevision: 7, version: 2, leaseId: null };
  return { id: ownId, directory, record };
}

// JSON as others write it: any white space, names that repeat or differ in case only, numbers of any size and notation.

const space = fc.constantFrom('', '', ' ', '\n', '\t ', '\r\n');
const fieldName = fc.oneof(
  fc.constantFrom(
    'id',
    'ID',
    'ip',
    'Ip',
    'IP',
    'memory',
    'Memory',
    'disk',
    'di\u017fk',
    'metadata',
    '__proto__',
    'constructor',
    '10',
    '9',
    '',
  ),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
);
const numberSource = fc.oneof(
  fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
  fc.constantFrom('-0', '1e3', '1E-3', '1.0', '0.5', '9007199254740993', '18446744073709551615', '18446744073709551616'),
);
const scalarSource = fc.oneof(
  numberSource,
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => JSON.stringify(text)),
  fc.constantFrom('null', 'true', 'false', '"\\u003c\\/\\""', '[]', '{}', '[1,{"a":[]},"]"]'),
);
const valueSource = fc.oneof(
  scalarSource,
  fc.array(fc.tuple(fieldName, scalarSource), { maxLength: 3 }).map((members) => {
    return `{${members.map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(' ,')}}`;
  }),
);
const member = fc.record({ name: fieldName, value: valueSource, spaces: fc.array(space, { minLength: 4, maxLength: 4 }) });
const members = fc.array(member, { maxLength: 8 });
type Members = typeof members extends fc.Arbitrary<infer T> ? T : never;

function objectText(all: Members): string {
  const texts = all.map(({ name, value, spaces: [a, b, c, d] }) => `${a}${JSON.stringify(name)}${b}:${c}${value}${d}`);
  return ` {${texts.join()}} `;
}

describe('jsonMembers', () => {
  it('finds the members that were written, in any white space', () => {
    fc.assert(
      fc.property(members, (all) => {
        const text = objectText(all);
        expect(jsonMembers(text).map(({ name, valueStart, end }) => ({ name, value: text.slice(valueStart, end) }))).toEqual(
          all.map(({ name, value }) => ({ name, value })),
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe('reading a number', () => {
  it('is exact for every unsigned 64-bit number in plain digits, and refuses every other number, wherever it stands', () => {
    fc.assert(
      fc.property(members, numberSource, members, (before, number, after) => {
        const others = (all: Members) => all.filter(({ name }) => foldName(name) !== 'memory');
        const text = objectText([
          ...others(before),
          { name: 'memory', value: number, spaces: [' ', '', '', ' '] },
          ...others(after),
        ]);
        const isUnsigned = /^\d+$/.test(number) && BigInt(number) < 2n ** 64n;
        const read = () => readRecord(Buffer.from(text)).unsigned('memory', 64);
        if (isUnsigned) expect(read()).toBe(BigInt(number));
        else expect(read).toThrow(new RecordError(`memory is ${number}, which is no unsigned 64-bit number`));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('rewriteRecord', () => {
  const changedValue = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constant(null),
  );
  const changes: fc.Arbitrary<RecordFields> = fc.dictionary(
    fc.constantFrom('id', 'ip', 'memory', 'disk', 'new', 'portStart'),
    changedValue,
  );

  function sourcesOf(text: string): { name: string; source: string }[] {
    return jsonMembers(text).map(({ name, start, end }) => ({ name, source: text.slice(start, end) }));
  }

  it('leaves each member that it does not change as it was, in the same order, and has each change once', () => {
    fc.assert(
      fc.property(members, changes, (all, changed) => {
        const stored = objectText(all);
        const rewritten = rewriteRecord(Buffer.from(stored), changed).toString();
        JSON.parse(rewritten);
        const names = new Set(Object.keys(changed).map(foldName));
        const untouched = ({ name }: { name: string }) => !names.has(foldName(name));
        expect(sourcesOf(rewritten).filter(untouched)).toEqual(sourcesOf(stored).filter(untouched));
        const expected = Object.entries(changed).map(([name, value]) => {
          const json = typeof value === 'bigint' ? value.toString() : JSON.stringify(value ?? '');
          return { name, source: `${JSON.stringify(name)}:${json}` };
        });
        const written = sourcesOf(rewritten).filter((one) => !untouched(one));
        expect(written).toHaveLength(expected.length);
        expect(written).toEqual(expect.arrayContaining(expected));
      }),
      { numRuns: 2000 },
    );
  });

  it('changes nothing when the same is written again, or when what it wrote is written back', () => {
    fc.assert(
      fc.property(members, changes, (all, changed) => {
        const once = rewriteRecord(Buffer.from(objectText(all)), changed);
        expect(rewriteRecord(once, changed).equals(once)).toBe(true);
      }),
    );
  });
});

// Entities.

const texts = fc.string({ unit: 'grapheme', maxLength: 12 });
const metadata: fc.Arbitrary<StringMap> = fc
  .array(fc.tuple(fc.oneof(texts, fc.constantFrom('__proto__', 'constructor', '10', '9', '')), texts), { maxLength: 5 })
  .map((entries) => Object.fromEntries(entries));
const uuid = fc.uuid();
const optionalUuid = fc.option(uuid);
const ipv4 = fc.ipV4();
const ipv6 = fc.bigInt({ min: 1n << 64n, max: 2n ** 128n - 1n }).map((number) => formatIPAddress({ family: 6, number }));
const optionalAddress = fc.option(fc.oneof(ipv4, ipv6));
const mac = fc.constantFrom(6, 8, 20).chain((length) => {
  const octet = fc.integer({ min: 0, max: 255 }).map((number) => number.toString(16).padStart(2, '0'));
  return fc.array(octet, { minLength: length, maxLength: length }).map((octets) => octets.join(':'));
});
const unsigned = (bits: bigint) => fc.oneof(fc.bigInt({ min: 0n, max: 2n ** bits - 1n }), fc.constantFrom(0n, 2n ** bits - 1n));
const resources: fc.Arbitrary<Resources> = fc.record({ memory: unsigned(64n), disk: unsigned(64n), cpu: unsigned(32n) });
const someText = fc.option(texts.filter((text) => text !== ''));
const time = fc.option(
  fc
    .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString()),
);
const id = fc.constant(ownId);

/** The same JSON with each letter of its names in either case. */
function inAnyCase(record: Buffer, upperCaseAt: bigint): Buffer {
  let letters = 0n;
  const anyCase = (text: string) =>
    text.replace(/[a-z]/gi, (letter) => ((upperCaseAt >> (letters++ % 64n)) & 1n ? letter.toUpperCase() : letter.toLowerCase()));
  const text = record.toString();
  const renamed = jsonMembers(text).map(
    ({ name, valueStart, end }) => `${JSON.stringify(anyCase(name))}:${text.slice(valueStart, end)}`,
  );
  return Buffer.from(`{${renamed.join()}}`);
}

interface RoundTrip<T> {
  readonly records: fc.Arbitrary<T>;
  readonly encode: (record: T) => Buffer;
  readonly decode: (source: RecordSource) => object;
}

function roundTrips<T extends object>({ records, encode, decode }: RoundTrip<T>): void {
  fc.assert(
    fc.property(records, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (record, upperCaseAt) => {
      const encoded = encode(record);
      const decoded = decode(sourceOf(encoded));
      expect(decoded).toEqual({ ...decoded, ...record });
      expect(decode(sourceOf(inAnyCase(encoded, upperCaseAt)))).toEqual(decoded);
      expect(decode(sourceOf(rewriteRecord(encoded, { unknown: 1 })))).toEqual(decoded);
    }),
    { numRuns: 300 },
  );
}

describe('what is written is read again as the same, whatever the case of its names, with unknown fields beside it', () => {
  it('guests', () => {
    roundTrips({
      records: fc.record({
        id,
        metadata,
        type: texts,
        flavorId: uuid,
        networkId: uuid,
        hypervisorId: optionalUuid,
        subnetId: optionalUuid,
        firewallGroupId: optionalUuid,
        vlanGroupId: optionalUuid,
        mac: fc.option(mac),
        ip: optionalAddress,
        bridge: someText,
      }),
      encode: encodeGuest,
      decode: decodeGuest,
    });
  });

  it('hypervisors', () => {
    roundTrips({
      records: fc.record({
        id,
        metadata,
        ip: optionalAddress,
        netmask: optionalAddress,
        gateway: optionalAddress,
        mac: fc.option(mac),
        totalResources: resources,
        availableResources: resources,
      }),
      encode: encodeHypervisor,
      decode: decodeHypervisor,
    });
  });

  it('flavors', () => {
    roundTrips({ records: fc.record({ id, metadata, imageId: uuid, resources }), encode: encodeFlavor, decode: decodeFlavor });
  });

  it('subnets', () => {
    const byNumber = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
    const range = fc.tuple(unsigned(64n), unsigned(64n)).map(([a, b]) => {
      const [start = 0n, end = 0n] = [a, b].sort(byNumber).map((number) => (0x20010db8n << 96n) | number);
      return { startRange: formatIPAddress({ family: 6, number: start }), endRange: formatIPAddress({ family: 6, number: end }) };
    });
    const records = fc
      .tuple(
        fc.record({ id, metadata, networkId: optionalUuid, cidr: fc.constant('2001:db8::/64'), gateway: optionalAddress }),
        range,
      )
      .map(([subnet, addresses]) => ({ ...subnet, ...addresses }));
    roundTrips({ records, encode: encodeSubnet, decode: decodeSubnet });
  });

  it('firewall groups', () => {
    const port = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    const rule = fc.record({
      source: fc.option(ipv4.map((address) => `${address}/32`)),
      sourceGroupId: optionalUuid,
      portStart: port,
      portEnd: port,
      protocol: texts,
      action: texts,
    });
    roundTrips({
      records: fc.record({ id, metadata, rules: fc.array(rule, { maxLength: 4 }) }),
      encode: encodeFirewallGroup,
      decode: decodeFirewallGroup,
    });
  });

  it('VLAN groups', () => {
    roundTrips({ records: fc.record({ id, description: texts, metadata }), encode: encodeVLANGroup, decode: decodeVLANGroup });
  });

  it('jobs', () => {
    roundTrips({
      records: fc.record({
        id,
        action: texts,
        status: fc.constantFrom(...jobStatuses.filter((status) => status !== 'UNKNOWN')),
        guestId: uuid,
        remoteId: someText,
        error: someText,
        postedAfter: someText,
        createdAt: time,
        startedAt: time,
        finishedAt: time,
      }),
      encode: encodeJob,
      decode: decodeJob,
    });
  });
});

describe('every decoder', () => {
  const field = fc.constantFrom(
    ...[
      'id',
      'metadata',
      'type',
      'flavor',
      'image',
      'network',
      'hypervisor',
      'subnet',
      'fwgroup',
      'mac',
      'ip',
      'cidr',
      'start',
      'end',
    ],
    ...[
      'memory',
      'cpu',
      'rules',
      'total_resources',
      'tag',
      'description',
      'guest',
      'status',
      'started_at',
      'state',
      'Rules',
      'IP',
    ],
  );
  const plausible = fc.oneof(
    valueSource,
    fc
      .oneof(uuid, ipv4, ipv6, mac, fc.constantFrom('10.0.0.0/8', '', '2015-12-01T10:20:30Z'))
      .map((text) => JSON.stringify(text)),
    fc.constantFrom('{"memory":1}', '[{"portStart":1}]', '[{"portstart":-1,"portStart":1}]', '[[]]'),
  );
  const record = fc.array(fc.tuple(field, plausible), { maxLength: 12 }).map((all) => {
    return Buffer.from(`{${all.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`);
  });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
    fc.json().map((text) => Buffer.from(text)),
    members.map((all) => Buffer.from(objectText(all))),
    record,
    // A record that was cut off.
    fc.tuple(record, fc.nat(100)).map(([whole, length]) => whole.subarray(0, length)),
  );

  it.each(nodeKinds)('reads any bytes or says in words why not, and never fails otherwise: %s', (kind) => {
    fc.assert(
      fc.property(bytes, bytes, (value, state) => {
        const source = sourceOf(value);
        try {
          const name = kind === 'VLAN' ? '42' : ownId;
          decoders[kind]({ ...source, id: name, state: { ...source.record, value: state } });
        } catch (error) {
          expect(error).toBeInstanceOf(RecordError);
        }
      }),
      { numRuns: 500 },
    );
    expect('polluted' in {}).toBe(false);
  });
});
