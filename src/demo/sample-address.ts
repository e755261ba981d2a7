import { formatIPAddress } from '../store/values/ip-address.ts';

// The sample's hypervisors are machines of a network that lies within this machine's loopback: whoever simulates them can listen
// at their addresses, and nobody outside can be meant by one.

/** 127.0.0.0/21, of which the first 256 addresses are for whoever really listens on loopback. */
const managementNetwork = 0x7f000000n;
const firstHostNumber = 257n;

export const managementNetmask = '255.255.248.0';
export const managementGateway = formatIPAddress({ family: 4, number: managementNetwork + 1n });

/** Of the nth hypervisor: 127.0.1.1, 127.0.1.2 and so on. */
export function hypervisorAddress(index: number): string {
  return formatIPAddress({ family: 4, number: managementNetwork + firstHostNumber + BigInt(index) });
}
