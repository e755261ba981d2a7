import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/**
 * A port that is listened on by somebody who has stopped, with nobody left to take a connection: the kernel answers no one who
 * wants one more, so that connecting hangs.
 */
export interface FullListener {
  readonly port: number;
  close(): Promise<void>;
}

const backlog = 1;
/** Linux takes one more than it was told. */
const places = backlog + 1;

const script = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer().listen(0, '127.0.0.1', workerData.backlog, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(workerData.never), 0, 0);
  });
`;

export async function openFullListener(): Promise<FullListener> {
  const worker = new Worker(script, { eval: true, workerData: { backlog, never: new SharedArrayBuffer(4) } });
  const [port]: number[] = await once(worker, 'message');
  if (port === undefined) throw new Error('The worker named no port');
  const sockets: Socket[] = [];
  for (let place = 0; place < places; place++) {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket.on('error', () => undefined));
    await once(socket, 'connect');
  }
  return {
    port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await worker.terminate();
    },
  };
}
