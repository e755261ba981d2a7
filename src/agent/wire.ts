import type { AgentDisk, AgentGuest, AgentNic } from './agent-guest.ts';
import type { AgentJob, AgentJobStatus } from './agent-job.ts';

/** What an agent sends, read without trust: what is not of its type is as if it were not there. */

type JsonObject = Readonly<Record<string, unknown>>;

/** Null for what is no guest, or has no id. */
export function readGuest(value: unknown): AgentGuest | null {
  const guest = objectOf(value);
  const id = textOf(guest.id);
  if (id === null) return null;
  return {
    id: id.toLowerCase(),
    state: textOf(guest.state),
    type: textOf(guest.type),
    imageId: textOf(guest.image),
    memory: intOf(guest.memory),
    cpu: intOf(guest.cpu),
    vnc: portOf(guest.vnc),
    metadata: readMetadata(guest.metadata),
    nics: arrayOf(guest.nics).map((nic) => readNic(objectOf(nic))),
    disks: arrayOf(guest.disks).map((disk) => readDisk(objectOf(disk))),
  };
}

function readNic(nic: JsonObject): AgentNic {
  return {
    name: textOf(nic.name),
    mac: textOf(nic.mac),
    address: textOf(nic.address),
    netmask: textOf(nic.netmask),
    gateway: textOf(nic.gateway),
    network: textOf(nic.network),
    model: textOf(nic.model),
    device: textOf(nic.device),
    vlans: arrayOf(nic.vlans)
      .map(intOf)
      .filter((tag) => tag !== null),
  };
}

function readDisk(disk: JsonObject): AgentDisk {
  return {
    bus: textOf(disk.bus),
    device: textOf(disk.device),
    size: sizeOf(disk.size),
    imageId: textOf(disk.image),
    volume: textOf(disk.volume),
    source: textOf(disk.source),
  };
}

const jobStatuses: ReadonlyMap<unknown, AgentJobStatus> = new Map([
  ['Queued', 'QUEUED'],
  ['Running', 'RUNNING'],
  ['Complete', 'COMPLETE'],
  ['Error', 'ERROR'],
]);

/** Null for what is no job, or has no id. */
export function readJob(value: unknown): AgentJob | null {
  const job = objectOf(value);
  const id = textOf(job.ID);
  if (id === null) return null;
  return {
    id,
    guestId: (textOf(job.GuestID) ?? '').toLowerCase(),
    action: textOf(job.Action) ?? '',
    status: jobStatuses.get(job.Status) ?? 'UNKNOWN',
    message: textOf(job.Message) ?? '',
    queuedAt: timeOf(job.QueuedAt),
  };
}

/** The elements that can be read; null for what is no array. */
export function readAll<T>(value: unknown, read: (element: unknown) => T | null): readonly T[] | null {
  if (!Array.isArray(value)) return null;
  return value.map(read).filter((element) => element !== null);
}

/** The texts in it. */
export function readMetadata(value: unknown): Readonly<Record<string, string>> {
  // fromEntries makes `__proto__` a key like any other.
  return Object.fromEntries(
    Object.entries(objectOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The word for how far it is with an image; null where it does not say. */
export function readImageStatus(value: unknown): string | null {
  const { status } = objectOf(value);
  return typeof status === 'string' ? status : null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An agent writes "" for what it does not know. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What an Int of GraphQL can be. */
function intOf(value: unknown): number | null {
  return typeof value === 'number' && (value | 0) === value ? value : null;
}

const highestPort = 65_535;

/** libvirt writes -1 for a console that there is none of. */
function portOf(value: unknown): number | null {
  const port = intOf(value);
  return port !== null && port > 0 && port <= highestPort ? port : null;
}

function sizeOf(value: unknown): bigint | null {
  const size = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof size === 'bigint' && size >= 0n ? size : null;
}

const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d*(Z|[+-]\d\d:\d\d)$/i;

/** To the millisecond that it fell into. Go's zero time, in the year 1, is none. */
function timeOf(value: unknown): Date | null {
  const [, toMilliseconds, offset] = typeof value === 'string' ? (rfc3339.exec(value) ?? []) : [];
  if (toMilliseconds === undefined || offset === undefined) return null;
  const time = new Date(toMilliseconds + offset);
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() <= 1 ? null : time;
}
