import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

// Below the range from which the kernel takes the local ports of outgoing connections: a port that is free now and is listened
// on a moment later, or again after a restart, is not lost to the connection of some other process.
const lowest = 10_000;
const highest = 32_000;

/** Ports of the loopback interface that nobody listens on now. Whoever uses them must be ready to lose the race for one. */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  while (held.length < count) {
    const server = await listen(randomInt(lowest, highest));
    if (server !== null) held.push(server);
  }
  const ports = held.map(portOf);
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listen(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** The port that a server listens on. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port');
  return address.port;
}
