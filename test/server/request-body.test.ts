import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { readBody } from '../../src/server/request-body.ts';

/** A request whose body comes byte by byte. */
async function sendBytewise(text: string, limitBytes: number) {
  const request = new IncomingMessage(new Socket());
  const body = readBody(request, limitBytes);
  const pieces: WeakRef<Buffer>[] = [];
  await nextTurn();
  for (const byte of Buffer.from(text)) {
    const piece = Buffer.allocUnsafeSlow(1).fill(byte);
    pieces.push(new WeakRef(piece));
    request.push(piece);
  }
  return { request, body, pieces };
}

it('a body is the same in pieces of one byte', async () => {
  const text = `{"query":"# ${'äöü€😀'.repeat(50)}"}`;
  const { request, body } = await sendBytewise(text, Buffer.byteLength(text));
  request.push(null);
  expect(await body).toBe(text);
});

it('a body in pieces of one byte is refused at the byte behind the limit', async () => {
  const { body } = await sendBytewise('x'.repeat(1001), 1000);
  await expect(body).rejects.toThrow('The body is longer than 1000 bytes');
});

it('the pieces of a body do not lie in memory until all of it has come', async () => {
  const { request, body, pieces } = await sendBytewise('x'.repeat(1000), 1000);
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  await nextTurn();
  collectGarbage();
  expect(pieces.filter((piece) => piece.deref() !== undefined).length).toBeLessThan(10);
  request.push(null);
  expect(await body).toHaveLength(1000);
});
