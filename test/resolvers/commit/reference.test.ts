import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { commit, put } from '../../../src/resolvers/commit/index.ts';
import { openMemoryStore } from '../../../src/store/embedded/index.ts';
import type { Store } from '../../../src/store/store.ts';
import { type GatewaySchema, openGatewaySchema } from '../../support/gateway-schema.ts';
import { id, networkRecord, subnetRecord } from '../../support/record.ts';
import { type CommitScript, unreliableStore } from '../../support/unreliable-store.ts';
import { keys, mutationOf, openCommitSpace } from './commit-space.ts';

const network = id('a', 1);
const subnet = id('b', 1);
const createSubnet = `mutation { createSubnet(input: {
  id: "${subnet}", networkId: "${network}", cidr: "10.0.0.0/24", startRange: "10.0.0.1", endRange: "10.0.0.9"
}) { subnet { id } } }`;
const deleteNetwork = `mutation { deleteNetwork(id: "${network}") { deletedId } }`;

describe('A node that is deleted while something begins to refer to it', () => {
  let store: Store;
  let gateway: GatewaySchema;
  beforeEach(async () => {
    store = openMemoryStore({ log: silentLog });
    gateway = await openGatewaySchema({ store, newId: randomUUID });
    await gateway.put(`networks/${network}/metadata`, networkRecord());
  });
  afterEach(() => store.close());

  const overtaken = (...script: CommitScript) => openGatewaySchema({ store: unreliableStore(store, script), newId: randomUUID });

  it('stays, and is IN_USE, when the reference was committed first', async () => {
    const late = await overtaken(() => gateway.query(createSubnet));
    expect(await late.errorsOf(deleteNetwork)).toEqual([{ code: 'IN_USE', by: [subnet], path: 'deleteNetwork' }]);
  });

  it('is NOT_FOUND to what would refer to it when it was deleted first', async () => {
    const late = await overtaken(() => gateway.query(deleteNetwork));
    expect(await late.errorsOf(createSubnet)).toEqual([
      { code: 'NOT_FOUND', kind: 'NETWORK', id: network, path: 'createSubnet' },
    ]);
    expect((await gateway.query('{ subnets { totalCount } }')).subnets.totalCount).toBe(0);
  });

  it('goes when the reference was withdrawn before it was deleted', async () => {
    await gateway.query(createSubnet);
    await gateway.query(`mutation { deleteSubnet(id: "${subnet}") { deletedId } }`);
    await gateway.query(deleteNetwork);
    expect((await gateway.query('{ networks { totalCount } }')).networks.totalCount).toBe(0);
  });

  it('goes although another tool, which tells nobody, refers to it from then on: that is not promised', async () => {
    const late = await overtaken(() => gateway.put(`subnets/${subnet}/metadata`, subnetRecord({ network })));
    expect((await late.query(deleteNetwork)).deleteNetwork.deletedId).toBe(network);
  });
});

describe('The references of a commit', () => {
  it('are put with it, each once', async () => {
    const space = openCommitSpace();
    const flavor = { kind: 'FLAVOR', id: id('f', 1) } as const;
    const { revision } = await commit(mutationOf(space.newContext()), async () => ({
      type: 'commit',
      compares: [],
      writes: [put('other', '')],
      references: [flavor, { kind: 'NETWORK', id: network }, flavor],
      result: {},
    }));
    const names = [keys.reference('FLAVOR', flavor.id), keys.reference('NETWORK', network)];
    const { results } = await space.store.read({ ranges: names.map((start) => ({ start })) });
    expect(results.map(({ entries }) => entries)).toMatchObject(
      names.map((key) => [{ key, modRevision: revision, leaseId: null }]),
    );
    await space.store.close();
  });
});
