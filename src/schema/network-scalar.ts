import { canonicalCIDR, parseCIDR } from '../store/values/cidr.ts';
import { canonicalIPAddress } from '../store/values/ip-address.ts';
import { canonicalMACAddress } from '../store/values/mac-address.ts';
import { builder } from './builder.ts';
import { textScalar } from './text-scalar.ts';

const ipAddress = textScalar({
  name: 'IPAddress',
  description:
    'An IPv4 or IPv6 address, such as "10.10.1.1" or "2001:db8::1". Any spelling is accepted; answers have the canonical one: dotted decimal, or that of RFC 5952.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc5952',
  allowed: 'an IPv4 or IPv6 address, such as "10.10.1.1" or "2001:db8::1"',
  canonical: canonicalIPAddress,
});

const cidr = textScalar({
  name: 'CIDR',
  description:
    'An IPv4 or IPv6 network in prefix notation, such as "10.10.1.0/24" or "2001:db8::/32". On input the bits behind the prefix must be zero: "10.10.1.7/24" is refused.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc4632',
  allowed: 'a network in prefix notation whose host bits are zero, such as "10.10.1.0/24" or "2001:db8::/32"',
  canonical: (text) => (parseCIDR(text)?.hostBitsSet === false ? canonicalCIDR(text) : null),
});

const macAddress = textScalar({
  name: 'MACAddress',
  description:
    'A hardware address of 6, 8 or 20 octets. Colons, hyphens or dots are accepted; answers are in lower case with colons, such as "de:ad:be:ef:7f:21".',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc9542',
  allowed: 'a MAC address of 6, 8 or 20 octets, such as "de:ad:be:ef:7f:21"',
  canonical: canonicalMACAddress,
});

builder.addScalarType('IPAddress', ipAddress);
builder.addScalarType('CIDR', cidr);
builder.addScalarType('MACAddress', macAddress);
