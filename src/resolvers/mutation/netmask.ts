import { badUserInput } from '../../errors.ts';
import { type IPAddress, parseIPAddress } from '../../store/values/ip-address.ts';

/** A mask of the address's family: ones, and behind them zeros. Where the address is not known, of either family. */
export function requireNetmask(netmask: string, ip: string | null): void {
  const mask = parseIPAddress(netmask);
  if (mask === null || !isContiguous(mask)) {
    throw badUserInput('netmask', `${netmask} is no netmask: in bits, a netmask is ones and then zeros, such as "255.255.255.0"`);
  }
  const address = ip === null ? null : parseIPAddress(ip);
  if (address !== null && address.family !== mask.family) {
    throw badUserInput('netmask', `${netmask} is of IPv${mask.family}, and the address ${ip} of IPv${address.family}`);
  }
}

function isContiguous({ family, number }: IPAddress): boolean {
  const all = (1n << (family === 4 ? 32n : 128n)) - 1n;
  const host = all ^ number;
  // Zeros and then ones: one more, and no bit of it is left.
  return (host & (host + 1n)) === 0n;
}
