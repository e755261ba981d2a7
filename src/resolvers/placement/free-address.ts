import type { Context } from '../../context.ts';
import type { Subnet } from '../../store/entities/subnet.ts';
import { subkeys } from '../../store/keys.ts';
import { randomAddresses, randomFreeAddress } from '../../store/values/addressing.ts';
import { contains } from '../../store/values/cidr.ts';
import { formatIPAddress, parseIPAddress } from '../../store/values/ip-address.ts';
import { addressSpace, gatewayOf } from '../addressing.ts';
import { getBelow, listBelow } from '../below.ts';
import { oncePerOperation } from '../operation-memo.ts';
import type { Reservation } from '../reservation.ts';

/** Addresses that are looked at one by one first. Where half of all are held, these are all held once in 65,536 times. */
const guessCount = 16;
/** How the keys begin that spell an address of IPv4 as one of IPv6, such as `::ffff:10.0.0.1`, and hardly any others. */
const mappedSpellings = [':', '0'];

const freeBySubnet = oncePerOperation(() => new WeakMap<Subnet, Promise<string | null>>());

/** A free address of the subnet, any of them, and always the same one in one view of the store; null when all are held. */
export function getFreeAddress(context: Context, subnet: Subnet): Promise<string | null> {
  const known = freeBySubnet(context);
  const free = known.get(subnet) ?? drawFreeAddress(context, subnet);
  known.set(subnet, free);
  return free;
}

async function drawFreeAddress(context: Context, subnet: Subnet): Promise<string | null> {
  const guessed = await guessFreeAddress(context, subnet);
  if (guessed !== null) return guessed;
  const free = randomFreeAddress({ ...(await addressSpace(context, subnet)), random: context.random });
  return free === null ? null : formatIPAddress(free);
}

/**
 * A subnet may have 100,000 addresses that are held, and to read them all to choose a free one is too much while there are many free
 * ones. So a few are drawn and only these looked up, under their canonical spelling. That no other tool holds one of them under
 * another spelling must be seen too. IPv4 has only few, which lie together; IPv6 has too many: there this answers null, as where all
 * that were drawn are held.
 */
async function guessFreeAddress(context: Context, subnet: Subnet): Promise<string | null> {
  if (subnet.range.family !== 4) return null;
  const draw = { range: subnet.range, gateway: gatewayOf(subnet), random: context.random, count: guessCount };
  const guesses = randomAddresses(draw).map(formatIPAddress);
  const [holders, mapped] = await Promise.all([
    Promise.all(guesses.map((ip) => getBelow(context, subnet, subkeys.addresses + ip))),
    Promise.all(mappedSpellings.map((start) => listBelow(context, subnet, subkeys.addresses + start))),
  ]);
  if (mapped.flat().length > 0) return null;
  return guesses.find((_ip, index) => holders[index] === null) ?? null;
}

/** The reserved address, unless the subnet was changed since so that it hands that one out no more. */
export function usableAddress({ subnet, ip }: Reservation): string | null {
  const address = parseIPAddress(ip);
  return address !== null && contains(subnet.range, address) && ip !== subnet.gateway ? ip : null;
}
