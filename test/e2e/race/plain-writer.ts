import { randomUUID } from 'node:crypto';
import { hasErrorCode } from '../../../src/errors.ts';
import { encodeGuest, type GuestRecord } from '../../../src/store/entities/guest.ts';
import { commitOnce } from '../../../src/store/outcome.ts';
import { keyFromText } from '../../../src/store/range.ts';
import type { Compare, Store, Write } from '../../../src/store/store.ts';
import { macOfGuestId } from '../../../src/store/values/mac-address.ts';
import { pick, wholeFrom } from '../../support/random.ts';
import type { Race } from './race.ts';
import { fewAddresses, flavorIds, networks, plainDelete, plainPut, prefix, roomyHypervisor, subnets } from './world.ts';

/** Of its guests that are there at a time: enough to be in the way, and few enough to leave addresses to others. */
const mostGuests = 10;
const resolveTimeoutMs = 60_000;

interface PlainGuest {
  readonly id: string;
  readonly addressKey: string;
}

/**
 * Places guests as the Go tools do, who know nothing of gateways: a free address is taken by creating its key; then come a put of the
 * link and a put of the guest, each by itself. It takes them off again the same way, in reverse.
 */
export async function writePlainly(race: Race, store: Store, random: () => number): Promise<void> {
  const guests: PlainGuest[] = [];
  while (!race.isOver()) {
    const oldest = guests.length < mostGuests ? undefined : guests.shift();
    if (oldest !== undefined) await takeOff(race, store, oldest);
    const guest = await place(race, store, random);
    if (guest !== null) guests.push(guest);
  }
}

async function place({ ledger }: Race, store: Store, random: () => number): Promise<PlainGuest | null> {
  const { network, first, last, gateway } = fewAddresses;
  const host = wholeFrom(random, first, last);
  if (host === gateway) return null;
  const id = randomUUID();
  const ip = `${network}.${host}`;
  const addressKey = `subnets/${subnets.fewAddresses}/addresses/${ip}`;
  ledger.foreignGuests.ever.add(id);
  const isFree = { target: 'version', range: { start: keyFromText(prefix + addressKey) }, is: '=', number: 0 } as const;
  if (!(await write(store, plainPut(addressKey, id), [isFree]))) return null;
  const record: GuestRecord = {
    ...{ id, metadata: {}, type: 'kvm', flavorId: pick(flavorIds, random), networkId: networks.fewAddresses },
    ...{ hypervisorId: roomyHypervisor, subnetId: subnets.fewAddresses, ip, bridge: 'br0', mac: macOfGuestId(id) },
    ...{ firewallGroupId: null, vlanGroupId: null },
  };
  await write(store, plainPut(linkKey(id), id));
  await write(store, plainPut(`guests/${id}/metadata`, encodeGuest(record)));
  ledger.foreignGuests.living.add(id);
  return { id, addressKey };
}

async function takeOff({ ledger }: Race, store: Store, { id, addressKey }: PlainGuest): Promise<void> {
  await write(store, plainDelete(`guests/${id}/metadata`));
  ledger.foreignGuests.living.delete(id);
  await write(store, plainDelete(linkKey(id)));
  await write(store, plainDelete(addressKey));
}

function linkKey(id: string): string {
  return `hypervisors/${roomyHypervisor}/guests/${id}`;
}

/** Once, whatever becomes of the connection: the token lies where no gateway looks. False: a compare failed. */
async function write(store: Store, write: Write, compares: readonly Compare[] = []): Promise<boolean> {
  for (;;) {
    try {
      const once = { token: keyFromText(`race/${randomUUID()}`), value: Buffer.from('{}'), resolveTimeoutMs };
      const { outcome } = await commitOnce(store, { compares, writes: [write] }, once);
      return outcome !== 'refused';
    } catch (error) {
      if (!hasErrorCode(error, 'STORE_UNAVAILABLE') || error.details.outcome === 'UNKNOWN') throw error;
    }
  }
}
