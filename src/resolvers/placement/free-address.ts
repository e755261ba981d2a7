import type { Context } from '../../context.ts';
import type { Subnet } from '../../store/entities/subnet.ts';
import { subkeys } from '../../store/keys.ts';
import { allThere, type MaybePromise, whenThere } from '../../store/maybe-promise.ts';
import { randomAddresses, randomFreeAddress } from '../../store/values/addressing.ts';
import { contains } from '../../store/values/cidr.ts';
import { formatIPAddress, parseIPAddress } from '../../store/values/ip-address.ts';
import { listMappedSpellings } from '../address-key.ts';
import { addressSpace, gatewayOf } from '../addressing.ts';
import { type Below, getBelow } from '../below.ts';
import { oncePerOperation } from '../operation-memo.ts';
import type { Reservation } from '../reservation.ts';

/** Addresses that are looked at one by one first. Where half of all are held, these are all held once in 65,536 times. */
const guessCount = 16;
/** The same where a look costs next to nothing. */
const guessCountInMemory = 256;

const freeBySubnet = oncePerOperation(() => new WeakMap<Subnet, MaybePromise<string | null>>());

/** A free address of the subnet, any of them, and always the same one in one view of the store; null when all are held. */
export function getFreeAddress(context: Context, subnet: Subnet): MaybePromise<string | null> {
  const drawn = freeBySubnet(context);
  const known = drawn.get(subnet);
  // Null is known too: none is free.
  if (known !== undefined) return known;
  const free = drawFreeAddress(context, subnet);
  drawn.set(subnet, free);
  return free;
}

function drawFreeAddress(context: Context, subnet: Subnet): MaybePromise<string | null> {
  return whenThere(guessFreeAddress(context, subnet), (guessed) => {
    if (guessed !== null) return guessed;
    return whenThere(addressSpace(context, subnet), (space) => {
      const free = randomFreeAddress({ ...space, random: context.random });
      return free === null ? null : formatIPAddress(free);
    });
  });
}

/**
 * A subnet may have 100,000 addresses that are held, and to read them all to choose a free one is too much while there are many free
 * ones. So a few are drawn and only these looked up, under their canonical spelling. That no other tool holds one of them under
 * another spelling must be seen too. IPv4 has only few, which lie together; IPv6 has too many: there this answers null, as where all
 * that were drawn are held.
 */
function guessFreeAddress(context: Context, subnet: Subnet): MaybePromise<string | null> {
  if (subnet.range.family !== 4) return null;
  const mapped = listMappedSpellings(context, subnet);
  if (mapped instanceof Promise) return readGuesses(context, subnet, mapped);
  return mapped.length > 0 ? null : guessOneByOne(context, subnet);
}

/** All that may be needed at once, beside what is read already: a wave costs more than some keys. */
async function readGuesses(context: Context, subnet: Subnet, mapped: Promise<readonly Below[]>): Promise<string | null> {
  const guesses = guess(context, subnet, guessCount);
  const holders = allThere(guesses.map((ip) => getBelow(context, subnet, subkeys.addresses + ip)));
  const [held, others] = await Promise.all([holders, mapped]);
  return others.length > 0 ? null : (guesses.find((_ip, index) => held[index] === null) ?? null);
}

function guessOneByOne(context: Context, subnet: Subnet, left = guessCountInMemory): MaybePromise<string | null> {
  const [ip] = left === 0 ? [] : guess(context, subnet, 1);
  if (ip === undefined) return null;
  return whenThere(getBelow(context, subnet, subkeys.addresses + ip), (holder) =>
    holder === null ? ip : guessOneByOne(context, subnet, left - 1),
  );
}

function guess({ random }: Context, subnet: Subnet, count: number): readonly string[] {
  return randomAddresses({ range: subnet.range, gateway: gatewayOf(subnet), random, count }).map(formatIPAddress);
}

/** The reserved address, unless the subnet was changed since so that it hands that one out no more. */
export function usableAddress({ subnet, ip }: Reservation): string | null {
  const address = parseIPAddress(ip);
  return address !== null && contains(subnet.range, address) && ip !== subnet.gateway ? ip : null;
}
