import { expect, it } from 'vitest';
import { attack, startAttackedGateway } from './attack.ts';

/** One process may have 20,000 files open on most machines; the clients of all kinds are in this one. */
const connectionLimit = 10_000;

it('a gateway is attacked five times, by ten thousand idle sockets among others, and needs no more memory each time', async () => {
  // One address, as all of these have, gets three quarters of all connections.
  const gateway = await startAttackedGateway(Math.floor((connectionLimit * 4) / 3));
  const sizes = {
    documents: 10,
    events: 100,
    slowBodies: 500,
    slowReaders: 100,
    tinySenders: 20,
    idleSockets: connectionLimit,
    refusedSockets: 300,
  };
  const rounds: number[] = [];
  for (let round = 0; round < 5; round++) {
    const { peakMiB, afterMiB } = await attack(gateway, sizes);
    // The heap of 256 MiB, what all sockets may hold together, and the program.
    expect(peakMiB).toBeLessThan(256 + 256 + 300);
    rounds.push(afterMiB);
  }
  const [, second = 0] = rounds;
  expect(rounds.at(-1)).toBeLessThan(second + 100);
  expect((await gateway.program.end('SIGTERM')).code).toBe(0);
});
