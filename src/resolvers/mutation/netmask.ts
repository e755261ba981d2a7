import { badUserInput } from '../../errors.ts';
import { type IPAddress, parseIPAddress } from '../../store/values/ip-address.ts';

/** How a hypervisor is reached; null for what is not known. */
export interface InterfaceAddresses {
  readonly ip: string | null;
  readonly netmask: string | null;
  readonly gateway: string | null;
}

/** The netmask is ones, and behind them zeros; it and the gateway are of the address's family, or of either where that is not known. */
export function requireSuitable({ ip, netmask, gateway }: InterfaceAddresses): void {
  if (netmask !== null) requireContiguous(netmask);
  if (ip === null) return;
  requireFamilyOf(ip, 'netmask', netmask);
  requireFamilyOf(ip, 'gateway', gateway);
}

function requireContiguous(netmask: string): void {
  const mask = parseIPAddress(netmask);
  if (mask === null || !isContiguous(mask)) {
    throw badUserInput('netmask', `${netmask} is no netmask: in bits, a netmask is ones and then zeros, such as "255.255.255.0"`);
  }
}

function requireFamilyOf(ip: string, field: 'netmask' | 'gateway', given: string | null): void {
  const address = parseIPAddress(ip);
  const other = given === null ? null : parseIPAddress(given);
  if (address === null || other === null || other.family === address.family) return;
  throw badUserInput(field, `The ${field} ${given} is of IPv${other.family}, and the address ${ip} of IPv${address.family}`);
}

function isContiguous({ family, number }: IPAddress): boolean {
  const all = (1n << (family === 4 ? 32n : 128n)) - 1n;
  const host = all ^ number;
  // Zeros and then ones: one more, and no bit of it is left.
  return (host & (host + 1n)) === 0n;
}
