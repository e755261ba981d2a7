import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commit, put } from '../../../src/resolvers/commit/index.ts';
import { oncePerOperation } from '../../../src/resolvers/operation-memo.ts';
import { type GatewaySchema, openGatewaySchema } from '../../support/gateway-schema.ts';
import { guestRecord, hypervisorRecord, id, networkRecord, subnetRecord } from '../../support/record.ts';
import { storeWith } from '../../support/store-with.ts';
import { type CommitSpace, decideToIncrement, keys, mutationOf, openCommitSpace } from './commit-space.ts';

describe('The root fields of a mutation', () => {
  const network = id('a', 1);
  let gateway: GatewaySchema;
  beforeEach(async () => {
    gateway = await openGatewaySchema({ newId: randomUUID });
  });
  afterEach(() => gateway.close());

  it('see one after the other what those before them did, and each payload what its own commit left', async () => {
    const { result, context } = await gateway.run(`mutation {
      a: createNetwork(input: { id: "${network}" }) { network { revision metadata } }
      b: updateNetwork(input: { id: "${network}", metadata: { step: "b" } }) { network { revision metadata } }
      c: deleteNetwork(id: "${network}") { deletedId revision }
    }`);
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      data: {
        a: { network: { revision: '1001', metadata: {} } },
        b: { network: { revision: '1002', metadata: { step: 'b' } } },
        c: { deletedId: network, revision: '1003' },
      },
    });
    expect(context.account().revision).toBe(1003);
  });

  it('read all of a payload at its commit, also what others changed right behind it', async () => {
    const subnet = id('b', 1);
    await gateway.putAll({
      [`networks/${network}/metadata`]: networkRecord(),
      [`networks/${network}/subnets/${subnet}`]: '',
      [`subnets/${subnet}/metadata`]: subnetRecord({ network }),
    });
    // The next commit after the mutation's own, made as soon as that is done.
    const store = storeWith(gateway.store, {
      async commit(transaction) {
        const done = await gateway.store.commit(transaction);
        await gateway.remove(`subnets/${subnet}/metadata`);
        return done;
      },
    });
    const overtaken = await openGatewaySchema({ store, newId: randomUUID });
    const data = await overtaken.query(
      `mutation { updateNetwork(input: { id: "${network}", metadata: { a: "1" } }) { network { metadata subnets { nodes { id } } } } }`,
    );
    expect(data.updateNetwork.network).toEqual({ metadata: { a: '1' }, subnets: { nodes: [{ id: subnet }] } });
    expect(await gateway.query(`{ subnet(id: "${subnet}") { id } }`)).toEqual({ subnet: null });
  });

  it('that fail are null, and leave those beside them alone', async () => {
    const { result, context } = await gateway.run(`mutation {
      a: createNetwork(input: { id: "${network}" }) { network { id } }
      b: createNetwork(input: { id: "${network}" }) { network { id } }
      c: deleteNetwork(id: "${id('a', 2)}") { deletedId }
      d: createNetwork(input: {}) { network { revision } }
      e: updateNetwork(input: { id: "x" }) { network { id } }
    }`);
    expect(JSON.parse(JSON.stringify(result.data))).toEqual({
      a: { network: { id: network } },
      b: null,
      c: null,
      d: { network: { revision: '1002' } },
      e: null,
    });
    expect(result.errors?.map(({ path }) => path)).toEqual([['b'], ['c'], ['e']]);
    // The last one read nothing.
    expect(context.account().revision).toBe(1002);
  });

  it('count together what they cost, and name each broken record once', async () => {
    await gateway.put(`guests/${id('c', 1)}/metadata`, '{');
    const networks = [id('a', 2), id('a', 3)];
    for (const one of networks) await gateway.put(`networks/${one}/metadata`, networkRecord());
    const { context } = await gateway.run(
      `mutation { a: deleteNetwork(id: "${networks[0]}") { deletedId } b: deleteNetwork(id: "${networks[1]}") { deletedId } }`,
    );
    const { cost, broken } = context.account();
    expect(broken).toEqual([{ key: `lochness/guests/${id('c', 1)}/metadata`, reason: expect.any(String) }]);
    // For each: the record, then what uses it, then the commit.
    expect(cost.waves).toBe(6);
    expect(cost.keys).toBe(4);
  });

  it('name the revision of their commit although the payload reads nothing', async () => {
    await gateway.put(`networks/${network}/metadata`, networkRecord());
    const { result, context } = await gateway.run(`mutation { deleteNetwork(id: "${network}") { revision } }`);
    expect(JSON.parse(JSON.stringify(result.data)).deleteNetwork.revision).toBe(String(context.account().revision));
  });

  it('tell the time that a heartbeat has left, since what they read is the present', async () => {
    const hypervisor = id('d', 1);
    const guest = id('c', 1);
    const lease = await gateway.store.grantLease(100);
    await gateway.putAll({
      [`networks/${network}/metadata`]: networkRecord(),
      [`hypervisors/${hypervisor}/metadata`]: hypervisorRecord(),
      [`hypervisors/${hypervisor}/guests/${guest}`]: guest,
      [`guests/${guest}/metadata`]: guestRecord({ network, hypervisor }),
    });
    const beat = put(`${keys.directory('HYPERVISOR', hypervisor)}heartbeat`, 'now', lease.id);
    await gateway.store.commit({ compares: [], writes: [beat] });
    const data = await gateway.query(`mutation {
      updateNetwork(input: { id: "${network}", metadata: { a: "1" } }) {
        network { guests { nodes { hypervisor { heartbeat { ttlSeconds } } } } }
      }
    }`);
    const [found] = data.updateNetwork.network.guests.nodes;
    expect(found.hypervisor.heartbeat.ttlSeconds).toBeGreaterThan(0);
  });
});

describe('What is computed once in an operation', () => {
  let space: CommitSpace;
  beforeEach(() => {
    space = openCommitSpace([() => space.set(1), () => space.set(2)]);
  });
  afterEach(() => space.store.close());

  it('is computed anew for each view of a mutation, and once in each', async () => {
    const computed: string[] = [];
    const countOnce = oncePerOperation(async (context) => {
      const { result } = await decideToIncrement(context);
      computed.push(result.before);
      return result.before;
    });
    const context = space.newContext();
    await commit(mutationOf(context), async (view) => {
      expect(await countOnce(view)).toBe(await countOnce(view));
      return decideToIncrement(view);
    });
    expect(await countOnce(context)).toBe('3');
    expect(computed).toEqual(['0', '1', '2', '3']);
  });
});
