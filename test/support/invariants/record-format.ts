import { parse } from 'lossless-json';
import { canonicalCIDR } from '../../../src/store/values/cidr.ts';
import { canonicalIPAddress } from '../../../src/store/values/ip-address.ts';
import { canonicalMACAddress } from '../../../src/store/values/mac-address.ts';

/** A stored record, its numbers as bigints of any size. */
export type StoredRecord = Readonly<Record<string, unknown>>;

/** What a field of a record holds. */
interface Format {
  readonly noun: string;
  readonly accepts: (value: unknown) => boolean;
  /** Left out where there is nothing to say; any other absent text is "". */
  readonly mayBeLeftOut?: true;
}

type Formats = Readonly<Record<string, Format>>;

export const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

const text: Format = { noun: 'a text', accepts: (value) => typeof value === 'string' };
const uuid = matching('a UUID in lower case', (value) => uuidPattern.test(value));
const ip = matching('an address in canonical form', (value) => canonicalIPAddress(value) === value);
const mac = matching('a MAC in canonical form', (value) => canonicalMACAddress(value) === value);
const cidr = matching('a CIDR in canonical form', (value) => canonicalCIDR(value) === value);
const time = matching('a time in UTC', (value) => timePattern.test(value));
const texts: Format = {
  noun: 'an object of texts',
  accepts: (value) => value === null || (isObject(value) && Object.values(value).every(text.accepts)),
};
const rules: Format = {
  noun: 'a list of rules',
  accepts: (value) =>
    value === null ||
    (Array.isArray(value) && value.every((rule) => isObject(rule) && wrongFields(rule, ruleFormats).length === 0)),
};
const resources: Format = {
  noun: 'resources',
  accepts: (value) => isObject(value) && wrongFields(value, resourceFormats).length === 0,
};

const resourceFormats = { memory: unsigned(64), disk: unsigned(64), cpu: unsigned(32) };
const ruleFormats = {
  source: optional(cidr),
  group: optional(uuid),
  portStart: unsigned(16),
  portEnd: unsigned(16),
  protocol: text,
  action: text,
};

/** The fields of each kind's record, in Go's order. */
const formats = {
  networks: { id: uuid, metadata: texts },
  subnets: { id: uuid, metadata: texts, network: orEmpty(uuid), gateway: orEmpty(ip), cidr, start: ip, end: ip },
  hypervisors: {
    id: uuid,
    metadata: texts,
    ip: orEmpty(ip),
    netmask: orEmpty(ip),
    gateway: orEmpty(ip),
    mac: orEmpty(mac),
    total_resources: resources,
    available_resources: resources,
  },
  guests: {
    id: uuid,
    metadata: texts,
    type: text,
    flavor: uuid,
    hypervisor: orEmpty(uuid),
    network: uuid,
    subnet: orEmpty(uuid),
    fwgroup: orEmpty(uuid),
    vlangroup: orEmpty(uuid),
    mac,
    ip: orEmpty(ip),
    bridge: text,
  },
  flavors: { id: uuid, image: uuid, metadata: texts, ...resourceFormats },
  fwgroups: { id: uuid, metadata: texts, rules },
  vlans: { tag: unsigned(12), description: text },
  vlangroups: { id: uuid, description: text, metadata: texts },
  jobs: {
    id: uuid,
    remote: text,
    action: oneOf([
      'select-hypervisor',
      'fetch',
      'create',
      'delete',
      'start',
      'shutdown',
      'reboot',
      'restart',
      'poweroff',
      'suspend',
    ]),
    guest: uuid,
    error: optional(text),
    status: optional(oneOf(['new', 'working', 'done', 'error'])),
    started_at: time,
    finished_at: time,
    created_at: optional(time),
    posted_after: optional(text),
  },
} satisfies Record<string, Formats>;

export type Folder = keyof typeof formats;
export const folders: readonly string[] = Object.keys(formats);

export function isFolder(name: string): name is Folder {
  return Object.hasOwn(formats, name);
}

const stateFormats: Formats = {
  state: oneOf(['PENDING', 'CREATING', 'RUNNING', 'STOPPED', 'SUSPENDED', 'DELETING', 'ERROR', 'UNKNOWN']),
  reported: text,
  observed_at: time,
  before: optional(oneOf(['PENDING', 'CREATING', 'RUNNING', 'STOPPED', 'SUSPENDED', 'DELETING', 'ERROR'])),
};

export interface RecordReading {
  /** Null when it is no JSON object. */
  readonly record: StoredRecord | null;
  /** What is not as Go writes it. */
  readonly faults: readonly string[];
}

/** Reads a record of a node whose key says `name`. */
export function readRecord(folder: Folder, name: string, json: string): RecordReading {
  const reading = read(json, formats[folder]);
  const { record } = reading;
  if (record === null || reading.faults.length > 0) return reading;
  const own = folder === 'vlans' ? 'tag' : 'id';
  const named = String(record[own]);
  return named === name ? reading : { record, faults: [`its ${own} is ${named}`] };
}

export function readState(json: string): RecordReading {
  return read(json, stateFormats);
}

function read(json: string, fields: Formats): RecordReading {
  const record = parseObject(json);
  return record === null ? { record, faults: ['it is no JSON object'] } : { record, faults: wrongFields(record, fields) };
}

function parseObject(json: string): StoredRecord | null {
  try {
    const value = parse(json, undefined, { parseNumber: (digits) => (/^\d+$/.test(digits) ? BigInt(digits) : Number(digits)) });
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Fields that are missing, unknown or out of order are one fault; each wrong value is another. */
function wrongFields(record: StoredRecord, fields: Formats): string[] {
  const names = Object.keys(record);
  // One that may be left out may also come later, behind the others.
  const fixed = names.filter((name) => fields[name]?.mayBeLeftOut !== true);
  const expected = Object.keys(fields).filter((name) => fields[name]?.mayBeLeftOut !== true);
  if (fixed.join() !== expected.join()) return [`its fields are ${fixed.join()}, not ${expected.join()}`];
  return Object.entries(fields)
    .filter(([name, { accepts }]) => names.includes(name) && !accepts(record[name]))
    .map(([name, { noun }]) => `its ${name} is no ${noun.replace(/^an? /, '')}`);
}

export function isObject(value: unknown): value is StoredRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matching(noun: string, test: (value: string) => boolean): Format {
  return { noun, accepts: (value) => typeof value === 'string' && test(value) };
}

function oneOf(words: readonly string[]): Format {
  return matching(`one of ${words.join(', ')}`, (value) => words.includes(value));
}

function orEmpty({ noun, accepts }: Format): Format {
  return { noun: `${noun}, nor ""`, accepts: (value) => value === '' || accepts(value) };
}

function optional(format: Format): Format {
  return { ...format, mayBeLeftOut: true };
}

function unsigned(bits: number): Format {
  return {
    noun: `a number of ${bits} bits`,
    accepts: (value) => typeof value === 'bigint' && value >= 0n && value < 1n << BigInt(bits),
  };
}
