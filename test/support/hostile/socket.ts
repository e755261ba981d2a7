import fc from 'fast-check';
import { shownInSocket } from './credential.ts';
import { closeFrame, frame, opcodes, textFrame } from './frame.ts';
import { oddHandshake, rightHandshake } from './handshake.ts';
import { disorderlyMessages, orderlyMessages } from './message.ts';
import type { Ending } from './raw-line.ts';

/** What is sent over one WebSocket. */
export interface HostileSocket {
  /** The request that is to become it. */
  readonly handshake: string;
  /** Each is a frame, or what should be one. */
  readonly frames: readonly Buffer[];
  /** How many of the frames are there for something: those of a flood count for one. */
  readonly count: number;
  /** In how many pieces all of it is sent. */
  readonly pieces: number;
  /** `WAIT` is for the answer to a last question; it is for those in whose frames nothing is wrong. */
  readonly ending: Ending;
  /** Its first message has a right credential. */
  readonly isRight: boolean;
}

/** A message in one frame, or in several, between which others may come. */
const framed = fc.tuple(orderlyMessages, fc.integer({ min: 1, max: 4 }), fc.boolean()).map(([messages, count, isPinged]) => {
  if (count > 1 && messages.length === 1) return inFragments(Buffer.from(messages.join('')), count, isPinged);
  return messages.map(textFrame);
});

function inFragments(bytes: Buffer, count: number, isPinged: boolean): readonly Buffer[] {
  const length = Math.ceil(bytes.length / count);
  return Array.from({ length: count }, (_, index) => {
    const payload = bytes.subarray(index * length, (index + 1) * length);
    return frame({ opcode: index === 0 ? opcodes.text : opcodes.continuation, payload, isLast: index === count - 1 });
  }).flatMap((part) => (isPinged ? [frame({ opcode: opcodes.ping, payload: Buffer.from('x') }), part] : [part]));
}

const controlFrames = fc.tuple(fc.constantFrom(opcodes.ping, opcodes.pong), fc.nat({ max: 125 }));

function repeated(count: number, [opcode, size]: readonly [number, number]): readonly Buffer[] {
  return Array.from({ length: count }, () => frame({ opcode, payload: Buffer.alloc(size, 'x') }));
}

const pings = fc.tuple(fc.integer({ min: 1, max: 4 }), controlFrames).map(([count, parts]) => repeated(count, parts));
/** Who sends so many may be cut off for it. */
const flood = controlFrames.map((parts) => repeated(500, parts));

const rightFrames = fc.oneof({ weight: 8, arbitrary: framed }, { weight: 1, arbitrary: pings });

const payload = fc.oneof(
  fc.constantFrom('', '{}', '{"type":"ping"}', 'x'.repeat(200), 'x'.repeat(70_000)).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);
const badLength = fc.constantFrom(
  0n,
  5n,
  126n,
  65_535n,
  65_536n,
  1n << 20n,
  (1n << 20n) + 1n,
  (1n << 53n) + 1n,
  1n << 63n,
  (1n << 64n) - 1n,
);

const anyFrame = fc
  .record(
    {
      opcode: fc.nat({ max: 15 }),
      payload,
      isLast: fc.boolean(),
      reserved: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 7 }) }),
      isMasked: fc.boolean(),
      length: badLength,
      lengthBits: fc.constantFrom<7 | 16 | 64>(7, 16, 64),
    },
    { requiredKeys: ['opcode', 'payload'] },
  )
  .map(frame);
const noText = fc
  .constantFrom([0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x7b, 0x80])
  .map((bytes) => frame({ opcode: opcodes.text, payload: Buffer.from(bytes) }));
const anyClose = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(0, 999, 1000, 1001, 1004, 1005, 1006, 1015, 1016, 2999, 3000, 4400, 4999, 5000, 65_535),
      fc.string({ maxLength: 20 }),
    )
    .map(([code, reason]) => closeFrame(code, reason)),
  fc.uint8Array({ maxLength: 5 }).map((bytes) => frame({ opcode: opcodes.close, payload: Buffer.from(bytes) })),
);

const single = fc.oneof(
  { weight: 4, arbitrary: anyFrame },
  { weight: 1, arbitrary: noText },
  { weight: 2, arbitrary: anyClose },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
);
const wrongFrames = fc.oneof(
  disorderlyMessages.map((messages) => messages.map(textFrame)),
  single.map((frame) => [frame]),
);
const wrongOrMany = fc.oneof({ weight: 24, arbitrary: wrongFrames }, { weight: 1, arbitrary: flood });

const orderly = fc
  .record({
    shown: shownInSocket,
    frames: fc.array(rightFrames, { minLength: 1, maxLength: 6, size: 'max' }),
    pieces: fc.integer({ min: 1, max: 8 }),
  })
  .map(({ shown: { form, isRight }, frames, pieces }): HostileSocket => {
    const all = [textFrame(form), ...frames.flat()];
    return { handshake: rightHandshake, frames: all, count: frames.length + 1, pieces, ending: 'WAIT', isRight };
  });

const disorderly = fc
  .record({
    handshake: fc.oneof({ weight: 8, arbitrary: fc.constant(rightHandshake) }, { weight: 1, arbitrary: oddHandshake }),
    shown: fc.oneof({ weight: 4, arbitrary: shownInSocket }, { weight: 1, arbitrary: fc.constant(null) }),
    right: fc.array(rightFrames, { maxLength: 3, size: 'max' }),
    wrong: fc.array(wrongOrMany, { minLength: 1, maxLength: 3, size: 'max' }),
    pieces: fc.integer({ min: 1, max: 8 }),
    ending: fc.constantFrom<Ending>('END', 'END', 'DESTROY'),
  })
  .map(({ handshake, shown, right, wrong, pieces, ending }): HostileSocket => {
    const begun = shown === null ? [] : [textFrame(shown.form)];
    const frames = [...begun, ...right.flat(), ...wrong.flat()];
    return {
      handshake,
      frames,
      count: begun.length + right.length + wrong.length,
      pieces,
      ending,
      isRight: shown?.isRight === true,
    };
  });

export const hostileSocket: fc.Arbitrary<HostileSocket> = fc.oneof(
  { weight: 2, arbitrary: orderly },
  { weight: 5, arbitrary: disorderly },
);
