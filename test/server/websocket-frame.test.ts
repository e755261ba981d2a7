import { expect, it } from 'vitest';
import { IncomingFrames } from '../../src/server/websocket-frame.ts';

interface Frame {
  readonly opcode: number;
  readonly isFinal?: boolean;
  readonly length: number;
}

/** As a client sends it: masked, and its length in as few bytes as can be. */
function frame({ opcode, isFinal = true, length }: Frame): Buffer {
  const extended = length > 65_535 ? 8 : length > 125 ? 2 : 0;
  const bytes = Buffer.alloc(2 + extended + 4 + length, 0xff);
  bytes[0] = opcode | (isFinal ? 0x80 : 0);
  bytes[1] = 0x80 | (extended === 8 ? 127 : extended === 2 ? 126 : length);
  if (extended === 2) bytes.writeUInt16BE(length, 2);
  if (extended === 8) bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

const text = 1;
const rest = 0;
const ping = 9;
const messages: readonly (readonly Frame[])[] = [
  [{ opcode: text, length: 0 }],
  [{ opcode: text, length: 125 }],
  [{ opcode: ping, length: 5 }],
  [{ opcode: text, length: 126 }],
  [{ opcode: text, length: 70_000 }],
  [
    { opcode: text, isFinal: false, length: 3 },
    { opcode: ping, length: 0 },
    { opcode: rest, isFinal: false, length: 300 },
    { opcode: ping, length: 2 },
    { opcode: rest, length: 0 },
  ],
  [{ opcode: text, length: 1 }],
];
const bytesOf = (message: readonly Frame[]): Buffer => Buffer.concat(message.map(frame));

it.each([1, 2, 3, 7, 130, 1000, 80_000])('the end of each message is found in what comes %d bytes at a time', (size) => {
  const all = Buffer.concat(messages.map(bytesOf));
  const ends = messages.map((_, index) => bytesOf(messages.slice(0, index + 1).flat()).length);
  const frames = new IncomingFrames();
  const wrongAt: number[] = [];
  for (let at = 0; at < all.length; at += size) {
    const chunk = all.subarray(at, at + size);
    frames.read(chunk);
    const seen = at + chunk.length;
    const whole = ends.filter((end) => end <= seen);
    const held = seen - (whole.at(-1) ?? 0);
    const begun = whole.length + (held > 0 ? 1 : 0);
    if (frames.heldBytes !== held || frames.isOpen !== held > 0 || frames.begun !== begun) wrongAt.push(seen);
  }
  expect(wrongAt).toEqual([]);
});

it('a message is in as many pieces as it has fragments, and reads of the one that is not complete', () => {
  const frames = new IncomingFrames();
  function readBytewise(bytes: Buffer): number {
    for (const byte of bytes) frames.read(Buffer.from([byte]));
    return frames.pieces;
  }
  expect(readBytewise(frame({ opcode: text, isFinal: false, length: 10 }))).toBe(1);
  expect(readBytewise(frame({ opcode: ping, length: 10 }))).toBe(1);
  expect(readBytewise(frame({ opcode: rest, isFinal: false, length: 0 }))).toBe(2);
  const last = frame({ opcode: rest, length: 300 });
  expect(readBytewise(last.subarray(0, 200))).toBe(202);
  expect(readBytewise(last.subarray(200))).toBe(0);
});

it('what comes behind the end of a message in one read is a piece of the next', () => {
  const frames = new IncomingFrames();
  frames.read(Buffer.concat([frame({ opcode: text, length: 10 }), frame({ opcode: text, length: 10 }).subarray(0, 3)]));
  expect([frames.begun, frames.heldBytes, frames.pieces]).toEqual([2, 3, 1]);
});
