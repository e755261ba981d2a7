import fc from 'fast-check';
import { rightCredentials } from './known-credential.ts';

const upgrade = [
  'GET /graphql HTTP/1.1',
  'Host: localhost',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: graphql-transport-ws',
];
const otherLines = [
  'Sec-WebSocket-Version: 99',
  'Sec-WebSocket-Key: x',
  'Sec-WebSocket-Protocol: graphql-ws',
  'Sec-WebSocket-Protocol: ,,',
  'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99',
  'Sec-WebSocket-Extensions: x; y="',
  'Origin: http://evil.example',
  'Origin: null',
  'Origin: http://[',
  'Host: evil.example',
  'Host: localhost/graphql#',
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  'Upgrade: h2c, websocket',
  'X-Request-Id: \u00ff',
  // Only the first message counts.
  `Authorization: Bearer ${rightCredentials[0]}`,
];

function handshakeOf(lines: readonly string[]): string {
  return [...lines, '', ''].join('\r\n');
}

/** What may become a WebSocket, and may not. */
export const oddHandshake = fc
  .tuple(
    fc.subarray(upgrade.slice(1), { minLength: 2 }),
    fc.subarray(otherLines, { maxLength: 2 }),
    fc.constantFrom('/graphql', '/', '/x', '*', 'file:///graphql', 'foo://%zz/graphql'),
  )
  .map(([lines, others, path]) => handshakeOf([`GET ${path} HTTP/1.1`, ...lines, ...others]));

export const rightHandshake = handshakeOf(upgrade);
