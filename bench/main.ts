import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startEtcdWithStore } from '../test/support/etcd-store.ts';
import { type Measurement, table } from './goal.ts';
import { measureGraph } from './graph.ts';
import { measureGuest } from './guest.ts';
import { measureJobs } from './jobs.ts';
import { measureLive } from './live.ts';
import { measurePages } from './pages.ts';
import { measurePeers } from './peer-comparison.ts';
import { measurePlacement } from './placement.ts';
import { openSamples, type Samples } from './sample.ts';
import { measureScale } from './scale.ts';
import { measureStart } from './start.ts';
import { measureWrites } from './writes.ts';

/** In this order: what writes into a sample comes after all that read it. */
const parts: Readonly<Record<string, (samples: Samples) => Promise<readonly Measurement[]>>> = {
  graph: measureGraph,
  pages: measurePages,
  guest: measureGuest,
  peers: measurePeers,
  scale: measureScale,
  start: measureStart,
  writes: measureWrites,
  live: measureLive,
  placement: measurePlacement,
  jobs: measureJobs,
};

const { values } = parseArgs({ options: { json: { type: 'string' }, only: { type: 'string' } } });
const names = Object.keys(parts);
const wanted = values.only?.split(',') ?? names;
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}; there are ${names.join(', ')}`);

const samples = openSamples();
const measurements: Measurement[] = [];
try {
  for (const [name, measure] of Object.entries(parts)) {
    if (!wanted.includes(name)) continue;
    const startedAt = performance.now();
    const measured = await measure(samples);
    measurements.push(...measured);
    // Right away, in case that a later part fails.
    console.error(`\n${table(measured)}\n\n${name}: ${Math.round((performance.now() - startedAt) / 1000)} s`);
  }
} finally {
  await samples.close();
}
const result = { node: process.version, etcd: await etcdVersion(), measurements };
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
console.log(JSON.stringify(result));
console.log(`\nNode ${result.node}, etcd ${result.etcd}\n`);
console.log(table(measurements));

/** Of the one that all parts use. */
async function etcdVersion(): Promise<string | null> {
  const etcd = await startEtcdWithStore();
  try {
    return (await etcd.store.status()).version;
  } finally {
    await etcd.close();
  }
}
