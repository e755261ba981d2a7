export interface FrameParts {
  readonly opcode: number;
  readonly payload: Buffer;
  /** Default: true. */
  readonly isLast?: boolean;
  /** Of the three bits that nobody uses. Default: 0. */
  readonly reserved?: number;
  /** Default: true, as a client has to. */
  readonly isMasked?: boolean;
  /** What it says its length is. Default: what it is. */
  readonly length?: bigint;
  /** In how many bits the length is written. Default: as few as it takes. */
  readonly lengthBits?: 7 | 16 | 64;
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);

/** A frame of WebSocket, right or wrong (RFC 6455, 5.2). */
export function frame({ opcode, payload, isLast = true, reserved = 0, isMasked = true, ...given }: FrameParts): Buffer {
  const { length = BigInt(payload.length) } = given;
  const { lengthBits = length < 126n ? 7 : length < 65_536n ? 16 : 64 } = given;
  const start = Buffer.alloc(lengthBits === 7 ? 2 : lengthBits === 16 ? 4 : 10);
  start[0] = (isLast ? 0x80 : 0) | (reserved << 4) | opcode;
  start[1] = (isMasked ? 0x80 : 0) | (lengthBits === 7 ? Number(length & 127n) : lengthBits === 16 ? 126 : 127);
  if (lengthBits === 16) start.writeUInt16BE(Number(length & 65_535n), 2);
  if (lengthBits === 64) start.writeBigUInt64BE(length, 2);
  if (!isMasked) return Buffer.concat([start, payload]);
  return Buffer.concat([start, mask, payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
}

export function textFrame(text: string): Buffer {
  return frame({ opcode: opcodes.text, payload: Buffer.from(text) });
}

export function closeFrame(code: number, reason = ''): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return frame({ opcode: opcodes.close, payload: Buffer.concat([payload, Buffer.from(reason)]) });
}

export interface ReceivedFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export interface ReceivedFrames {
  readonly frames: readonly ReceivedFrame[];
  /** The beginning of one that is on its way still. */
  readonly rest: Buffer;
}

/** The frames of a server in what came; a message where they are none. */
export function framesIn(received: Buffer): ReceivedFrames | string {
  const frames: ReceivedFrame[] = [];
  let rest = received;
  while (rest.length >= 2) {
    const [first = 0, second = 0] = rest;
    if ((first & 0xf0) !== 0x80) return `is a frame that begins with ${first}`;
    if ((second & 0x80) !== 0) return 'is a masked frame';
    const start = second < 126 ? 2 : second === 126 ? 4 : 10;
    if (rest.length < start) break;
    const length = second < 126 ? second : second === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
    if (rest.length < start + length) break;
    frames.push({ opcode: first & 0x0f, payload: rest.subarray(start, start + length) });
    rest = rest.subarray(start + length);
  }
  return { frames, rest };
}
