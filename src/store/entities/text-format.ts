import type { TextFormat } from '../codec.ts';
import { type CIDR, canonicalCIDR, parseCIDR } from '../values/cidr.ts';
import { canonicalIPAddress, type IPAddress, parseIPAddress } from '../values/ip-address.ts';
import { canonicalMACAddress } from '../values/mac-address.ts';
import { sharedUuid } from '../values/shared-uuid.ts';

/** The texts that records hold, each read into its canonical spelling. */
export const anyText: TextFormat<string> = { noun: 'text', read: (text) => text };
export const uuid: TextFormat<string> = { noun: 'UUID', read: sharedUuid };
export const ipAddress: TextFormat<string> = { noun: 'IP address', read: canonicalIPAddress };
export const macAddress: TextFormat<string> = { noun: 'MAC address', read: canonicalMACAddress };
export const cidr: TextFormat<string> = { noun: 'network in prefix notation', read: canonicalCIDR };

/** The same as numbers. */
export const parsedIPAddress: TextFormat<IPAddress> = { noun: ipAddress.noun, read: parseIPAddress };
export const parsedCIDR: TextFormat<CIDR> = { noun: cidr.noun, read: parseCIDR };
