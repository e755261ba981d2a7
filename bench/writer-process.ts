import { setTimeout as pause } from 'node:timers/promises';
import { Etcd3 } from 'etcd3';

// Writes guests' states into etcd at a steady rate, beside all gateways: `writer-process.js ETCD_URL PREFIX RATE`.

export type WriterCall = 'start' | 'stop';

const [etcdUrl = '', prefix = '', rate = ''] = process.argv.slice(2);
const client = new Etcd3({ hosts: etcdUrl });
const states = [
  { state: 'RUNNING', reported: 'running' },
  { state: 'STOPPED', reported: 'shutoff' },
];
const tickMs = 5;

let isWriting = false;
let writing: Promise<number> | null = null;
let nth = 0;

/** Of some guests. */
async function stateKeys(): Promise<readonly string[]> {
  const keys = await client.getAll().prefix(`${prefix}guests/`).limit(10_000).keys();
  return keys.filter((key) => key.endsWith('/state'));
}

/** Until it is told to stop; the answer is how many a second were acknowledged. */
async function write(keys: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  let sent = 0;
  const acknowledged: Promise<unknown>[] = [];
  while (isWriting) {
    const due = ((performance.now() - startedAt) / 1000) * Number(rate);
    for (; sent < due; sent++) {
      const key = keys[nth % keys.length] ?? '';
      const state = { ...states[(nth + Math.floor(nth / keys.length)) % states.length], observed_at: new Date().toISOString() };
      nth++;
      acknowledged.push(Promise.resolve(client.put(key).value(JSON.stringify(state))));
    }
    await pause(tickMs);
  }
  await Promise.all(acknowledged);
  return sent / ((performance.now() - startedAt) / 1000);
}

const keys = await stateKeys();
process.once('disconnect', () => process.exit());
process.on('message', (call: WriterCall) => {
  if (call === 'start') {
    isWriting = true;
    writing = write(keys);
  } else {
    isWriting = false;
    void writing?.then((perSecond) => process.send?.(perSecond));
  }
});
process.send?.('ready');
