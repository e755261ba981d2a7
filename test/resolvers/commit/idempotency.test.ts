import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import { commit } from '../../../src/resolvers/commit/index.ts';
import { openFolderStore, openMemoryStore } from '../../../src/store/embedded/index.ts';
import { operationKeptSeconds } from '../../../src/store/operation-lease.ts';
import type { Store } from '../../../src/store/store.ts';
import { type GatewaySchema, openGatewaySchema } from '../../support/gateway-schema.ts';
import { id, networkRecord } from '../../support/record.ts';
import { openTemporaryDirectory } from '../../support/temporary-directory.ts';
import { type CommitSpace, decideToIncrement, decideToLeave, mutationOf, openCommitSpace } from './commit-space.ts';

const create = 'mutation ($input: CreateNetworkInput!) { createNetwork(input: $input) { network { id revision metadata } } }';
const update = 'mutation ($input: UpdateNetworkInput!) { updateNetwork(input: $input) { network { id revision metadata } } }';
const remove = 'mutation ($id: ID!) { deleteNetwork(id: $id) { deletedId revision } }';
const network = id('a', 1);
const historyRevisions = 50;

let store: Store;
let gateway: GatewaySchema;
beforeEach(async () => {
  const history = { revisions: historyRevisions, bytes: 1024 * 1024 };
  store = openMemoryStore({ log: silentLog, now: () => 1000, history });
  gateway = await openGatewaySchema({ store, newId: randomUUID });
});
afterEach(() => store.close());

const newest = async () => (await store.status()).revision;
const networkCount = async (): Promise<number> => (await gateway.query('{ networks { totalCount } }')).networks.totalCount;

/** All that was is no longer to be read. */
async function forgetHistory(): Promise<void> {
  for (let commits = 0; commits <= historyRevisions; commits++) await gateway.put('other', String(commits));
}

describe('A request that is repeated with its Idempotency-Key', () => {
  const idempotencyKey = 'request-1';

  it('does nothing, and is answered with what the first one saw', async () => {
    const options = { idempotencyKey, variables: { input: { metadata: { name: 'n' } } } };
    const first = await gateway.query(create, options);
    await gateway.query(update, { variables: { input: { id: first.createNetwork.network.id, metadata: { name: 'other' } } } });
    const before = await newest();
    const { result, context } = await gateway.run(create, options);
    expect(JSON.parse(JSON.stringify(result.data))).toEqual(first);
    expect(String(context.account().revision)).toBe(first.createNetwork.network.revision);
    expect(await newest()).toBe(before);
    expect(await networkCount()).toBe(1);
  });

  it('shows what is now where that history is gone', async () => {
    const options = { idempotencyKey, variables: { input: { id: network } } };
    await gateway.query(create, options);
    await gateway.query(update, { variables: { input: { id: network, metadata: { name: 'now' } } } });
    const revision = String(await newest());
    await forgetHistory();
    const again = await gateway.query(create, options);
    expect(again.createNetwork.network).toEqual({ id: network, revision, metadata: { name: 'now' } });
  });

  it('says NOT_FOUND where that history is gone, and what it made is gone too', async () => {
    const options = { idempotencyKey, variables: { input: { id: network } } };
    await gateway.query(create, options);
    await gateway.query(remove, { variables: { id: network } });
    expect((await gateway.query(create, options)).createNetwork.network.id).toBe(network);
    await forgetHistory();
    expect(await gateway.errorsOf(create, options)).toEqual([
      { code: 'NOT_FOUND', kind: 'NETWORK', id: network, path: 'createNetwork.network' },
    ]);
    expect(await networkCount()).toBe(0);
  });

  it('at the same moment is done by one of the two, and both get its result', async () => {
    const options = { idempotencyKey, variables: { input: {} } };
    const answers = await Promise.all(Array.from({ length: 8 }, () => gateway.query(create, options)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await networkCount()).toBe(1);
  });

  it('deletes once: it answers with what was deleted, and when', async () => {
    await gateway.put(`networks/${network}/metadata`, networkRecord());
    const options = { idempotencyKey, variables: { id: network } };
    const first = await gateway.query(remove, options);
    await gateway.query(create, { variables: { input: { id: network } } });
    expect(await gateway.query(remove, options)).toEqual(first);
    await forgetHistory();
    expect(await gateway.query(remove, options)).toEqual(first);
    expect(await networkCount()).toBe(1);
  });

  it('changes nothing a second time, also when others changed it back', async () => {
    await gateway.query(create, { variables: { input: { id: network } } });
    const options = { idempotencyKey, variables: { input: { id: network, metadata: { name: 'mine' } } } };
    await gateway.query(update, options);
    await gateway.query(update, { variables: { input: { id: network, metadata: { name: 'yours' } } } });
    await gateway.query(update, options);
    const { network: now } = await gateway.query(`{ network(id: "${network}") { name } }`);
    expect(now.name).toBe('yours');
  });

  it('is refused when its arguments are others', async () => {
    await gateway.query(create, { idempotencyKey, variables: { input: { metadata: { name: 'n' } } } });
    const errors = await gateway.errorsOf(create, { idempotencyKey, variables: { input: { metadata: { name: 'm' } } } });
    expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field: 'idempotency-key', path: 'createNetwork' }]);
    expect(await networkCount()).toBe(1);
  });

  it('repeats each of its root fields for itself', async () => {
    const two =
      'mutation { a: createNetwork(input: {}) { network { id revision } } b: createNetwork(input: {}) { network { id revision } } }';
    const first = await gateway.query(two, { idempotencyKey });
    expect(first.a.network.id).not.toBe(first.b.network.id);
    expect(await gateway.query(two, { idempotencyKey })).toEqual(first);
    expect(await networkCount()).toBe(2);
  });

  it('is another operation for another field, also under the same alias', async () => {
    const run = (field: string) => gateway.query(`mutation { x: ${field} }`, { idempotencyKey });
    await run(`createNetwork(input: { id: "${network}" }) { network { id } }`);
    await run(`updateNetwork(input: { id: "${network}" }) { network { id } }`);
    await run(`deleteNetwork(id: "${network}") { deletedId }`);
    expect(await networkCount()).toBe(0);
  });

  it('is tried again when the first one failed', async () => {
    const options = { idempotencyKey, variables: { input: { id: network, metadata: { a: '1' } } } };
    expect(await gateway.errorsOf(update, options)).toMatchObject([{ code: 'NOT_FOUND' }]);
    await gateway.query(create, { variables: { input: { id: network } } });
    expect((await gateway.query(update, options)).updateNetwork.network.metadata).toEqual({ a: '1' });
  });

  it('does the fields that failed, and repeats those that did not', async () => {
    const both = `mutation { a: createNetwork(input: {}) { network { id } } b: updateNetwork(input: { id: "${network}" }) { network { id } } }`;
    const { result: first } = await gateway.run(both, { idempotencyKey });
    expect(first.errors).toHaveLength(1);
    await gateway.put(`networks/${network}/metadata`, networkRecord());
    const second = await gateway.query(both, { idempotencyKey });
    expect(second.a).toEqual(JSON.parse(JSON.stringify(first.data)).a);
    expect(second.b.network.id).toBe(network);
    expect(await networkCount()).toBe(2);
  });

  it('is answered for an hour at least', async () => {
    await gateway.query(create, { idempotencyKey, variables: { input: {} } });
    const { results } = await store.read({ ranges: [{ start: 'lochness/gateway/', end: 'lochness/gateway0' }] });
    const [operation, ...others] = results[0]?.entries ?? [];
    expect(others).toEqual([]);
    expect(await store.leaseTimeToLive(operation?.leaseId ?? '')).toBeGreaterThanOrEqual(operationKeptSeconds);
  });

  it('is known to a gateway that was started again on the same folder', async () => {
    const folder = await openTemporaryDirectory();
    const options = { idempotencyKey, variables: { input: {} } };
    const answers: unknown[] = [];
    for (const _ of ['before', 'after']) {
      const durable = await openFolderStore(folder.path, { log: silentLog });
      answers.push(await (await openGatewaySchema({ store: durable, newId: randomUUID })).query(create, options));
      await durable.close();
    }
    expect(answers[1]).toEqual(answers[0]);
    await folder.remove();
  });

  it('is nothing to a query', async () => {
    const before = await newest();
    for (const first of [1, 2]) await gateway.query(`{ networks(first: ${first}) { totalCount } }`, { idempotencyKey });
    expect(await newest()).toBe(before);
  });
});

describe('A request without an Idempotency-Key', () => {
  it('is done as often as it comes', async () => {
    for (const _ of [1, 2]) await gateway.query(create, { variables: { input: {} } });
    expect(await networkCount()).toBe(2);
  });
});

describe('A mutation that finds nothing to change', () => {
  let space: CommitSpace;
  beforeEach(() => {
    space = openCommitSpace();
  });
  afterEach(() => space.store.close());

  it('answers with what it saw, and commits nothing', async () => {
    const revision = await space.set(3);
    expect(await commit(mutationOf(space.newContext()), decideToLeave)).toEqual({ before: '3', revision });
    expect(space.link.sent).toBe(0);
  });

  it('answers the same again to the same Idempotency-Key, and changes nothing then', async () => {
    await space.set(3);
    const options = { idempotencyKey: 'k' };
    const first = await commit(mutationOf(space.newContext(options)), decideToLeave);
    expect(first.before).toBe('3');
    await space.set(4);
    // What it would have to change by now.
    expect(await commit(mutationOf(space.newContext(options)), decideToIncrement)).toEqual(first);
    expect(await space.count()).toBe(4);
  });
});

describe('The lease of a mutation of its own', () => {
  it('keeps its operation, but not that of a request that may be repeated', async () => {
    const space = openCommitSpace();
    const { id: leaseId } = await space.store.grantLease(10);
    const decide = async (...given: Parameters<typeof decideToIncrement>) => ({
      ...(await decideToIncrement(...given)),
      operationLeaseId: leaseId,
    });
    await commit(mutationOf(space.newContext()), decide);
    expect((await space.operations()).map((operation) => operation.leaseId)).toEqual([leaseId]);
    await space.store.revokeLease(leaseId);
    const { id: other } = await space.store.grantLease(10);
    await commit(mutationOf(space.newContext({ idempotencyKey: 'k' })), decide);
    const [operation] = await space.operations();
    expect(operation?.leaseId).not.toBe(other);
    expect(await space.store.leaseTimeToLive(operation?.leaseId ?? '')).toBeGreaterThanOrEqual(operationKeptSeconds);
    await space.store.close();
  });
});
