import { AlarmAction, Etcd3 } from 'etcd3';
import { prefixRange } from '../../src/store/range.ts';
import type { Store } from '../../src/store/store.ts';

const filling = 'fill/';
const pieceBytes = 100_000;

/** Writes until etcd refuses to take more. To be used with a small quota. */
export async function fillUp(store: Store): Promise<void> {
  for (let number = 0; ; number++) {
    const write = { type: 'put', key: `${filling}${number}`, value: Buffer.alloc(pieceBytes) } as const;
    try {
      await store.commit({ compares: [], writes: [write] });
    } catch (error) {
      if (String(error).includes('space is exhausted')) return;
      throw error;
    }
  }
}

/** What an operator does about it: deletes something, compacts, defragments, disarms. */
export async function makeRoom(url: string, store: Store): Promise<void> {
  const { revision } = await store.commit({ compares: [], writes: [{ type: 'delete', range: prefixRange(filling) }] });
  const client = new Etcd3({ hosts: url });
  try {
    await client.kv.compact({ revision, physical: true });
    await client.maintenance.defragment();
    const { alarms } = await client.maintenance.alarm({ action: AlarmAction.Get });
    for (const { memberID, alarm } of alarms) await client.maintenance.alarm({ action: AlarmAction.Deactivate, memberID, alarm });
  } finally {
    client.close();
  }
}
