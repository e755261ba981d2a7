import { expect } from 'vitest';
import { excerpt, isObject, problemOf, problemOfErrors, showsInside } from './answer.ts';
import { count } from './client.ts';
import { closeFrame, framesIn, opcodes, type ReceivedFrame, textFrame } from './frame.ts';
import { fuzz } from './fuzz.ts';
import { expectUnharmed, type FuzzRun } from './operations.ts';
import { inPieces, talk } from './raw-line.ts';
import { type HostileSocket, hostileSocket } from './socket.ts';

/** The last question of those who wait, and what says that they need to wait no longer. */
const lastId = 'the last one';
const lastQuestion = textFrame(JSON.stringify({ type: 'subscribe', id: lastId, payload: { query: '{ __typename }' } }));

/** What a socket is told without a right credential: nothing of what it asks for. */
const typesForAll = new Set(['ping', 'pong']);

/** 1011 and 4500 would say that the gateway has failed. */
const fineCloseCodes = new Set([1000, 1001, 1002, 1003, 1005, 1007, 1009, 4400, 4401, 4403, 4406, 4409, 4429]);

/** Frames as bytes, many over one WebSocket. */
export async function fuzzSockets({ gateway, ...run }: FuzzRun): Promise<number> {
  const seen = new Map<string, number>();
  const send = async (burst: readonly HostileSocket[]): Promise<void> => {
    await Promise.all(burst.map((socket) => sendOver(gateway.port, socket, seen)));
    expect(gateway.newProblems()).toEqual([]);
  };
  const countOf = (socket: HostileSocket): number => socket.count;
  const startedAt = performance.now();
  const sent = await fuzz({ ...run, what: 'frames', input: hostileSocket, send, countOf });
  await expectUnharmed(gateway);
  console.info(`${sent} frames in ${Math.round(performance.now() - startedAt)} ms`, Object.fromEntries(seen));
  return sent;
}

async function sendOver(port: number, socket: HostileSocket, seen: Map<string, number>): Promise<void> {
  const { handshake, frames, pieces, ending } = socket;
  const isWaiting = ending === 'WAIT';
  const last = isWaiting ? [lastQuestion] : [closeFrame(1000)];
  const bytes = Buffer.concat([Buffer.from(handshake, 'latin1'), ...frames, ...last]);
  const received = await talk({ port, pieces: inPieces(bytes, pieces), ending, ...(isWaiting ? { isEnough: lastWord() } : {}) });
  const problem = problemOfAll(received, socket, seen);
  if (problem === null) return;
  throw new Error(
    `What came ${problem}: ${quote(received)}, for ${excerpt(frames.map((frame) => frame.toString('hex')).join(' '))}`,
  );
}

/** Asked with each piece that comes: whether there was the answer to the last question, or a farewell, in it. */
function lastWord(): (piece: Buffer) => boolean {
  let rest: Buffer = Buffer.alloc(0);
  let isOpen = false;
  return (piece) => {
    rest = Buffer.concat([rest, piece]);
    if (!isOpen) {
      isOpen = rest.includes('\r\n\r\n');
      if (!isOpen) return false;
      rest = framesOnly(rest);
    }
    const received = framesIn(rest);
    if (typeof received === 'string') return true;
    rest = Buffer.from(received.rest);
    return received.frames.some(isLastWord);
  };
}

function isLastWord({ opcode, payload }: ReceivedFrame): boolean {
  return opcode === opcodes.close || (opcode === opcodes.text && payload.includes(`"${lastId}"`));
}

/** What came behind the answer to the handshake. */
function framesOnly(received: Buffer): Buffer {
  const end = received.indexOf('\r\n\r\n');
  return end < 0 ? Buffer.alloc(0) : received.subarray(end + 4);
}

function problemOfAll(received: Buffer, { ending, isRight }: HostileSocket, seen: Map<string, number>): string | null {
  const isWaiting = ending === 'WAIT';
  const text = received.toString('latin1');
  if (showsInside(text)) return 'shows the inside of the gateway';
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
  if (status !== '101') {
    if (isWaiting) return 'is no WebSocket';
    count(seen, status ?? 'nothing');
    return status?.startsWith('5') === true && status !== '503' ? `has the status ${status}` : null;
  }
  const all = framesIn(framesOnly(received));
  if (typeof all === 'string') return all;
  if (isWaiting && !all.frames.some(isLastWord)) return 'has no answer to the last question';
  const words = all.frames.map((frame) => wordOf(frame));
  for (const word of words) if (word !== null) count(seen, word);
  if (!isRight) {
    const told = words.find((word) => word !== null && !word.startsWith('closed') && !typesForAll.has(word));
    if (told !== undefined) return `tells nobody of a ${told}`;
  }
  if (isWaiting && isRight && all.frames.some(isRefusal)) return 'refuses a right credential';
  return all.frames.map(problemOfFrame).find((problem) => problem !== null) ?? null;
}

/** Not of one that asks before it is told that it is let in, for which the protocol has the same code. */
function isRefusal({ opcode, payload }: ReceivedFrame): boolean {
  return opcode === opcodes.close && closeCodeIn(payload) === 4401 && payload.subarray(2).toString() !== 'Unauthorized';
}

/** What a frame is counted as; null: it is not counted. */
function wordOf({ opcode, payload }: ReceivedFrame): string | null {
  if (opcode === opcodes.close) return `closed with ${closeCodeIn(payload)}`;
  if (opcode !== opcodes.text) return null;
  return String(Object(JSON.parse(payload.toString())).type);
}

function closeCodeIn(payload: Buffer): number {
  return payload.length < 2 ? 1005 : payload.readUInt16BE(0);
}

function problemOfFrame({ opcode, payload }: ReceivedFrame): string | null {
  if (opcode === opcodes.pong || opcode === opcodes.ping) return null;
  if (opcode === opcodes.close) {
    const code = closeCodeIn(payload);
    // What a client may choose for itself is sent back to it.
    return fineCloseCodes.has(code) || (code >= 3000 && code < 4400) || code === 4999 ? null : `is closed with ${code}`;
  }
  if (opcode !== opcodes.text) return `has a frame with the opcode ${opcode}`;
  return problemOfMessage(payload.toString());
}

function problemOfMessage(text: string): string | null {
  const message: unknown = JSON.parse(text);
  if (!isObject(message)) return 'has a message that is no object';
  const { type, payload } = message;
  if (type === 'next') return problemOf(payload);
  if (type === 'error') return problemOfErrors(payload);
  const isKnown = type === 'connection_ack' || type === 'complete' || type === 'ping' || type === 'pong';
  return isKnown ? null : `has a message of the type ${String(type)}`;
}

function quote(bytes: Buffer): string {
  return excerpt(JSON.stringify(bytes.toString('latin1')));
}
