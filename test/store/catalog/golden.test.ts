import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { directoriesOf } from '../../../src/store/directory.ts';
import { openMemoryStore } from '../../../src/store/embedded/open.ts';
import { folderRange, type NodeKind } from '../../../src/store/keys.ts';
import type { KeyspaceView } from '../../../src/store/keyspace.ts';
import { describeCatalog, describeKeys, type Probes } from '../../support/catalog-description.ts';
import { readFixture } from '../../support/gateway-schema.ts';
import { commitTexts, keys, openLoaded, viewOf } from './loaded-catalog.ts';

/** The names of all that there is. */
function probesOf(state: KeyspaceView): Probes {
  const namesOf = (kind: NodeKind) => {
    const directories = directoriesOf(keys, kind, state.list(folderRange(keys, kind)));
    return [...new Set(Array.from(directories, ({ name }) => name))];
  };
  return {
    names: {
      NETWORK: namesOf('NETWORK'),
      SUBNET: namesOf('SUBNET'),
      HYPERVISOR: namesOf('HYPERVISOR'),
      GUEST: namesOf('GUEST'),
      FLAVOR: namesOf('FLAVOR'),
      FIREWALL_GROUP: namesOf('FIREWALL_GROUP'),
      VLAN: namesOf('VLAN'),
      VLAN_GROUP: namesOf('VLAN_GROUP'),
      JOB: namesOf('JOB'),
      CONFIG: namesOf('CONFIG'),
    },
  };
}

describe.each(['cluster-a', 'edge'])('the catalog of %s, as the Go tools left it', (fixture) => {
  it('says what its keys say, loaded from all of them or followed one by one', async () => {
    const store = openMemoryStore({ log: silentLog });
    const following = await openLoaded(store);
    for (const { key, value } of readFixture(fixture)) await commitTexts(store, { [key]: value });
    const state = store.memory.newest();
    if (state === null) throw new Error('The store has no state');
    const probes = probesOf(state);
    const expected = await describeKeys({ store, keys }, probes);
    expect(describeCatalog(viewOf(following), probes)).toEqual(expected);
    const loaded = await openLoaded(store);
    expect(describeCatalog(viewOf(loaded), probes)).toEqual(expected);
    for (const catalog of [following, loaded]) catalog.close();
    await store.close();
  });
});
