import { onTestFinished } from 'vitest';
import { createSampleCluster, openSimulation, type Simulation } from '../../src/demo/index.ts';
import { hypervisorId } from '../../src/demo/sample-hypervisor.ts';
import type { SimulationOptions } from '../../src/demo/simulation.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import { openKeys, subkeys } from '../../src/store/keys.ts';
import { keyRange, prefixRange } from '../../src/store/range.ts';
import type { Store } from '../../src/store/store.ts';

export const keys = openKeys('lochness/');
export const never = new AbortController().signal;

export function openEmptyStore(): Store {
  const store = openMemoryStore({ log: silentLog });
  onTestFinished(() => store.close());
  return store;
}

export async function openSampleStore(hypervisorCount = 6, guestCount = 40): Promise<Store> {
  const store = openEmptyStore();
  await createSampleCluster({ store, keys, hypervisorCount, guestCount, now: new Date(0), signal: never });
  return store;
}

/** Of the whole store, on a port that is free, and as a demo does it unless told otherwise. */
export async function simulate(store: Store, options: Partial<SimulationOptions> = {}): Promise<Simulation> {
  const simulation = await openSimulation({
    ...{ store, keys, log: silentLog, signal: never, now: () => new Date(0), heartbeatEveryMs: 60_000 },
    ...{ addressing: { port: 0 }, isSimulated: (index) => index !== 4, isWholeCluster: true },
    ...options,
  });
  onTestFinished(() => simulation.close());
  return simulation;
}

export async function put(store: Store, key: string, value: string): Promise<void> {
  await store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from(value) }] });
}

export async function textAt(store: Store, key: string): Promise<string | undefined> {
  return (await store.read({ ranges: [keyRange(key)] })).results[0]?.entries[0]?.value.toString();
}

/** All keys under the prefix, without it, but the gateways' own. */
export async function keyspaceOf(store: Store): Promise<Readonly<Record<string, string>>> {
  const { results } = await store.read({ ranges: [prefixRange(keys.prefix)] });
  const entries = (results[0]?.entries ?? []).map(({ key, value }) => [key.slice(keys.prefix.length), value.toString()] as const);
  return Object.fromEntries(entries.filter(([name]) => !name.startsWith('gateway/')));
}

/** The record of the sample's nth hypervisor. */
export async function recordOf(store: Store, index: number): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse((await textAt(store, keys.record('HYPERVISOR', hypervisorId(index)))) ?? 'null');
}

export function settingKey(index: number, name: string): string {
  return `${keys.directory('HYPERVISOR', hypervisorId(index))}${subkeys.config}${name}`;
}

/** Indexes of the sample's hypervisors that have a heartbeat. */
export async function beatingIn(store: Store, count = 6): Promise<readonly number[]> {
  const indexes = Array.from({ length: count }, (_, index) => index);
  const beats = indexes.map((index) => textAt(store, keys.directory('HYPERVISOR', hypervisorId(index)) + subkeys.heartbeat));
  const found = await Promise.all(beats);
  return indexes.filter((index) => found[index] !== undefined);
}
