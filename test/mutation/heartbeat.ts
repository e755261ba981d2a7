import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { everybody } from '../../src/auth/index.ts';
import { createContext, openServices } from '../../src/context.ts';
import { silentLog } from '../../src/log.ts';
import { beginMutation } from '../../src/resolvers/commit/index.ts';
import { heartbeat } from '../../src/resolvers/mutation/heartbeat.ts';
import { keyFromText, keyRange } from '../../src/store/range.ts';
import { type KeyValue, type LeaseId, OutcomeUnknownError, type Store, type Transaction } from '../../src/store/store.ts';
import { openGatewaySchema, prefix } from '../support/gateway-schema.ts';
import { flavorRecord, guestRecord, hypervisorRecord, id } from '../support/record.ts';
import { storeWith } from '../support/store-with.ts';
import { type CommitScript, unreliableStore } from '../support/unreliable-store.ts';
import type { Space } from './mutation-contract.ts';

const hypervisor = id('d', 1);
const guest = id('c', 1);
const record = `hypervisors/${hypervisor}/metadata`;
const key = `hypervisors/${hypervisor}/heartbeat`;
/** The clock of the tests stands still. */
const now = '1970-01-01T00:00:00.000Z';

const defaultTtlSeconds = 120;

const alive = `hypervisor(id: "${hypervisor}") { isAlive heartbeat { value ttlSeconds } }`;
const beat = `mutation ($id: ID!, $ttl: Int! = ${defaultTtlSeconds}, $resources: HeartbeatResourcesInput) {
  heartbeat(hypervisorId: $id, ttlSeconds: $ttl, resources: $resources) {
    hypervisor { id revision isAlive heartbeat { value at revision ttlSeconds } totalResources { memory } freeResources { memory disk cpu } }
  }
}`;

const total = { memory: 1000, disk: 10000, cpu: 8 };
const changed = { total: { memory: 2000, disk: 9000, cpu: 4 }, available: { memory: 1900, disk: 8000, cpu: 3 } };

export function heartbeatMutations(space: Space): void {
  async function stored({ store }: { readonly store: Store }, name: string): Promise<KeyValue | undefined> {
    const { results } = await store.read({ ranges: [keyRange(keyFromText(prefix + name))] });
    return results[0]?.entries[0];
  }

  it('lets a hypervisor live for as long as it says, by a key under a lease', async () => {
    const { put, query, changesOf, revision, store } = space();
    const created = await put(record, hypervisorRecord());
    const changes = await changesOf(async () => {
      const data = await query(beat, { variables: { id: hypervisor.toUpperCase(), ttl: 600 } });
      expect(data.heartbeat.hypervisor).toMatchObject({
        id: hypervisor,
        revision: String(created),
        isAlive: true,
        heartbeat: { value: now, at: '1970-01-01T00:00:00.000Z', revision: String(await revision()) },
      });
      expect(data.heartbeat.hypervisor.heartbeat.ttlSeconds).toBeGreaterThan(570);
      expect(data.heartbeat.hypervisor.heartbeat.ttlSeconds).toBeLessThanOrEqual(600);
    });
    expect(changes).toEqual({ [key]: now });
    expect(await revision()).toBe(created + 1);
    const leaseId = (await stored({ store }, key))?.leaseId ?? '';
    await store.revokeLease(leaseId);
    expect(await query(`{ ${alive} }`)).toEqual({ hypervisor: { isAlive: false, heartbeat: null } });
  });

  it('lives for two minutes unless it says how long', async () => {
    const { put, query } = space();
    await put(record, hypervisorRecord());
    const document = `mutation { heartbeat(hypervisorId: "${hypervisor}") { hypervisor { heartbeat { ttlSeconds } } } }`;
    const { ttlSeconds } = (await query(document)).heartbeat.hypervisor.heartbeat;
    expect(ttlSeconds).toBeGreaterThan(100);
    expect(ttlSeconds).toBeLessThanOrEqual(120);
  });

  it('keeps its operation no longer than itself', async () => {
    const { put, query, ownEntries, store } = space();
    await put(record, hypervisorRecord());
    await query(beat, { variables: { id: hypervisor } });
    const [operation = ''] = Object.keys(await ownEntries('operations/'));
    const leaseId = (await stored({ store }, key))?.leaseId ?? '';
    expect((await stored({ store }, `gateway/${operation}`))?.leaseId).toBe(leaseId);
    await store.revokeLease(leaseId);
    expect(await ownEntries('operations/')).toEqual({});
  });

  it('moves the key to a lease of its own with each beat', async () => {
    const { put, query, store } = space();
    await put(record, hypervisorRecord());
    await query(beat, { variables: { id: hypervisor, ttl: 10 } });
    const first = (await stored({ store }, key))?.leaseId ?? '';
    await query(beat, { variables: { id: hypervisor, ttl: 86_400 } });
    await store.revokeLease(first);
    const data = await query(`{ ${alive} }`);
    expect(data.hypervisor.heartbeat.ttlSeconds).toBeGreaterThan(86_000);
  });

  it('takes another lease when somebody revoked the one that it was about to use', async () => {
    const { put, store } = space();
    await put(record, hypervisorRecord());
    const granted: LeaseId[] = [];
    const revoking = storeWith(store, {
      async grantLease(ttlSeconds) {
        const lease = await store.grantLease(ttlSeconds);
        granted.push(lease.id);
        if (granted.length === 1) await store.revokeLease(lease.id);
        return lease;
      },
    });
    const gateway = await openGatewaySchema({ store: revoking, newId: randomUUID });
    await gateway.query(beat, { variables: { id: hypervisor } });
    expect(granted.length).toBe(2);
    expect((await stored({ store }, key))?.leaseId).toBe(granted[1]);
  });

  it('shows what it reports, in the record and in what placement can grant, whatever lived on under the directory as stored', async () => {
    const { putAll, query, entries } = space();
    const directory = `hypervisors/${hypervisor.toUpperCase()}`;
    const rest = {
      [`${directory}/guests/${guest}`]: guest,
      [`guests/${guest}/metadata`]: guestRecord({ hypervisor }),
      [`flavors/${id('f', 1)}/metadata`]: flavorRecord(),
    };
    await putAll({ ...rest, [`${directory}/metadata`]: hypervisorRecord({ ours: 1 }) });
    const data = await query(beat, { variables: { id: hypervisor, resources: changed } });
    expect(data.heartbeat.hypervisor).toMatchObject({
      totalResources: { memory: 2000 },
      freeResources: { memory: 1900, disk: 8000, cpu: 3 },
    });
    expect(await entries()).toEqual({
      ...rest,
      [`${directory}/heartbeat`]: now,
      [`${directory}/metadata`]: hypervisorRecord({
        total_resources: changed.total,
        available_resources: changed.available,
        ours: 1,
      }),
    });
  });

  it('does not move the revision of the record when it reports what is stored', async () => {
    const { put, query } = space();
    const revision = await put(record, hypervisorRecord());
    const data = await query(beat, { variables: { id: hypervisor, resources: { total, available: total } } });
    expect(data.heartbeat.hypervisor.revision).toBe(String(revision));
  });

  it('reports what the record did not say when it was changed at the same time', async () => {
    const { put, raced, entries } = space();
    await put(record, hypervisorRecord());
    const renamed = { metadata: { name: 'h' } };
    const late = await raced(() => put(record, hypervisorRecord(renamed)));
    await late.query(beat, { variables: { id: hypervisor, resources: changed } });
    const reported = { total_resources: changed.total, available_resources: changed.available };
    expect(await entries()).toEqual({ [key]: now, [record]: hypervisorRecord({ ...renamed, ...reported }) });
  });

  it.each([
    ['ttlSeconds', { ttl: 9 }],
    ['ttlSeconds', { ttl: 86_401 }],
    ['ttlSeconds', { ttl: -1 }],
    ['memory', { resources: { total: { ...total, memory: -1 }, available: total } }],
    ['cpu', { resources: { total, available: { ...total, cpu: 4294967296 } } }],
    ['hypervisorId', { id: 'x' }],
  ])('refuses a beat whose %s is wrong: %o', async (field, wrong) => {
    const { put, errorsOf, changesOf } = space();
    await put(record, hypervisorRecord());
    const changes = await changesOf(async () => {
      const errors = await errorsOf(beat, { variables: { id: hypervisor, ...wrong } });
      expect(errors).toEqual([{ code: 'BAD_USER_INPUT', field, path: 'heartbeat' }]);
    });
    expect(changes).toEqual({});
  });

  /** A store on which commits go as the script says, and the leases of beats that are still there; operations share longer ones. */
  function withLeases(script: CommitScript): { readonly store: Store; living(): Promise<readonly string[]> } {
    const { store } = space();
    const granted: string[] = [];
    return {
      store: {
        ...unreliableStore(store, script),
        async grantLease(ttlSeconds) {
          const lease = await store.grantLease(ttlSeconds);
          if (ttlSeconds === defaultTtlSeconds) granted.push(lease.id);
          return lease;
        },
      },
      async living() {
        const left = await Promise.all(granted.map((leaseId) => store.leaseTimeToLive(leaseId)));
        return granted.filter((_leaseId, index) => left[index] !== null);
      },
    };
  }

  const missing = [{ code: 'NOT_FOUND', kind: 'HYPERVISOR', id: hypervisor, path: 'heartbeat' }];

  it('does not come back behind a hypervisor that is deleted at the same time, and leaves no lease', async () => {
    const { put, remove, entries, ownEntries } = space();
    await put(record, hypervisorRecord());
    const { store: watched, living } = withLeases([() => remove(record)]);
    const late = await openGatewaySchema({ store: watched });
    expect(await late.errorsOf(beat, { variables: { id: hypervisor } })).toEqual(missing);
    expect(await entries()).toEqual({});
    expect(await ownEntries('operations/')).toEqual({});
    expect(await living()).toEqual([]);
  });

  it('takes no lease for a hypervisor that is not there', async () => {
    const { store: watched, living } = withLeases([]);
    const gateway = await openGatewaySchema({ store: watched });
    expect(await gateway.errorsOf(beat, { variables: { id: hypervisor } })).toEqual(missing);
    expect(await living()).toEqual([]);
  });

  it('takes one lease however often it is decided', async () => {
    const { put, store } = space();
    await put(record, hypervisorRecord());
    const rename = (name: string) => () => put(record, hypervisorRecord({ metadata: { name } }));
    const { store: watched, living } = withLeases([rename('a'), rename('b')]);
    const late = await openGatewaySchema({ store: watched });
    await late.query(beat, { variables: { id: hypervisor, resources: changed } });
    expect(await living()).toEqual([(await stored({ store }, key))?.leaseId]);
  });

  it('gives its lease back when the store can not be reached', async () => {
    const { put } = space();
    await put(record, hypervisorRecord());
    const { store, living } = withLeases(['unavailable']);
    const gateway = await openGatewaySchema({ store });
    const errors = await gateway.errorsOf(beat, { variables: { id: hypervisor } });
    expect(errors).toEqual([{ code: 'STORE_UNAVAILABLE', path: 'heartbeat' }]);
    expect(await living()).toEqual([]);
  });

  it('keeps to its one lease when its commit is lost and it is decided again', async () => {
    const { put, store: whole } = space();
    await put(record, hypervisorRecord());
    const { store, living } = withLeases(['requestLost']);
    const gateway = await openGatewaySchema({ store });
    const data = await gateway.query(beat, { variables: { id: hypervisor } });
    expect(data.heartbeat.hypervisor.isAlive).toBe(true);
    expect(await living()).toEqual([(await stored({ store: whole }, key))?.leaseId]);
  });

  it('lives for as long as it says from its commit on, however long an earlier one was on its way before it was lost', async () => {
    const { put } = space();
    await put(record, hypervisorRecord());
    const { store } = withLeases(['requestLost']);
    const keptAlive: string[] = [];
    const kept = storeWith(store, {
      keepLeaseAlive(leaseId) {
        keptAlive.push(leaseId);
        return store.keepLeaseAlive(leaseId);
      },
    });
    const gateway = await openGatewaySchema({ store: kept });
    await gateway.query(beat, { variables: { id: hypervisor } });
    expect(keptAlive).toEqual([(await stored({ store }, key))?.leaseId]);
  });

  it('lives on when the connection breaks and the beat turns out to be there', async () => {
    const { put } = space();
    await put(record, hypervisorRecord());
    const { store, living } = withLeases(['replyLost']);
    const gateway = await openGatewaySchema({ store });
    const data = await gateway.query(beat, { variables: { id: hypervisor } });
    expect(data.heartbeat.hypervisor.isAlive).toBe(true);
    expect(await living()).toHaveLength(1);
  });

  it('does not end a hypervisor whose beat may be there', async () => {
    const { put, query, store } = space();
    await put(record, hypervisorRecord());
    const goingAway = new AbortController();
    const silent = {
      ...unreliableStore(store, []),
      async commit(transaction: Transaction): Promise<never> {
        await store.commit(transaction);
        goingAway.abort();
        throw new OutcomeUnknownError('the connection broke');
      },
    };
    const services = openServices({ store: silent, prefix, log: silentLog, now: () => new Date(0), random: () => 0 });
    const context = createContext(services, { signal: goingAway.signal, viewer: everybody });
    const mutation = beginMutation(context, { field: 'heartbeat', responseName: 'heartbeat', args: {} });
    const beating = heartbeat(mutation, { hypervisorId: hypervisor, ttlSeconds: 10 });
    await expect(beating).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', details: { outcome: 'UNKNOWN' } });
    expect(await query(`{ ${alive} }`)).toMatchObject({ hypervisor: { isAlive: true } });
  });

  it('beats once when a request is repeated with its key, and keeps no lease for the second one', async () => {
    const { put, changesOf } = space();
    await put(record, hypervisorRecord());
    const { store: watched, living } = withLeases([]);
    const gateway = await openGatewaySchema({ store: watched });
    const request = { variables: { id: hypervisor }, idempotencyKey: 'beat-1' };
    await gateway.query(beat, request);
    const before = await living();
    expect(before).toHaveLength(1);
    const changes = await changesOf(async () => {
      const data = await gateway.query(beat, request);
      expect(data.heartbeat.hypervisor.isAlive).toBe(true);
    });
    expect(changes).toEqual({});
    expect(await living()).toEqual(before);
  });

  it('keeps no lease for a request that came twice at the same time and beat the other time', async () => {
    const { put, query } = space();
    await put(record, hypervisorRecord());
    const request = { variables: { id: hypervisor }, idempotencyKey: 'beat-2' };
    const { store, living } = withLeases([() => query(beat, request)]);
    const late = await openGatewaySchema({ store });
    const data = await late.query(beat, request);
    expect(data.heartbeat.hypervisor.isAlive).toBe(true);
    expect(await living()).toEqual([]);
  });
}
