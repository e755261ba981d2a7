import { setTimeout as pause } from 'node:timers/promises';
import { type ServedProcess, serveProcess } from './served-process.ts';

const readyPauseMs = 5;

/** All load comes from one address. */
const unlimited = ['--requests-per-second', '0', '--socket-limit', '1000000', '--connection-limit', '1000000'];

/** A gateway in a process of its own: the built program. It listens, and may be loading still. */
export async function startGateway(etcdUrl: string, options: readonly string[]): Promise<ServedProcess> {
  const flags = ['--etcd', etcdUrl, '--port', '0', '--log-level', 'error', ...unlimited, ...options];
  return serveProcess('dist/main.js', ['serve', ...flags]);
}

/** One that is ready. */
export async function serveGateway(etcdUrl: string, options: readonly string[]): Promise<ServedProcess> {
  const gateway = await startGateway(etcdUrl, options);
  await untilReady(gateway);
  return gateway;
}

export async function untilReady({ url }: ServedProcess): Promise<void> {
  const address = new URL('/ready', url);
  for (;;) {
    const { status } = await fetch(address);
    if (status === 200) return;
    await pause(readyPauseMs);
  }
}
