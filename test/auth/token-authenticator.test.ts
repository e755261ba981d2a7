import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Authenticator, listTokens, openAuthenticator, revokeToken } from '../../src/auth/index.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/index.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import type { Store } from '../../src/store/store.ts';
import { type EtcdServer, startEtcd } from '../support/etcd.ts';
import { compact } from '../support/etcd-store.ts';
import { freePorts } from '../support/free-port.ts';
import { openReplica } from '../support/replica.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { endOf, keys, makeToken, outcomeOf } from './credential.ts';

function openTokens(store: Store, now = () => new Date()): Authenticator {
  const authenticator = openAuthenticator({ credentials: ['token'], jwt: null }, { store, keys, log: silentLog, now });
  onTestFinished(() => authenticator.close());
  return authenticator;
}

let etcd: EtcdServer;
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd.close());

function closing<S extends Store>(store: S): S {
  onTestFinished(() => store.close());
  return store;
}

/** The stores of two gateways over the same keys. */
const places: readonly (readonly [string, () => readonly [Store, Store]])[] = [
  [
    'an embedded store',
    () => {
      const store = closing(openMemoryStore({ log: silentLog }));
      return [store, store];
    },
  ],
  ['etcd', () => [closing(openEtcdStore({ endpoints: [etcd.url] })), closing(openEtcdStore({ endpoints: [etcd.url] }))]],
  [
    'replicas of etcd',
    () => {
      const open = () => closing(openReplica(openEtcdStore({ endpoints: [etcd.url] })));
      return [open(), open()];
    },
  ],
];

describe.each(places)('API tokens in %s', (_, open) => {
  it('work on every gateway as soon as they are made', async () => {
    const [one, other] = open();
    const [here, there] = [openTokens(one), openTokens(other)];
    const expiresAt = new Date(Date.now() + 86_400_000);
    const token = await makeToken(one, { name: 'Größe', role: 'operator', expiresAt });
    const expected = { id: expect.stringMatching(/^token:[0-9a-f]{16}$/), name: 'Größe', role: 'operator', expiresAt };
    expect(await outcomeOf(there, token)).toEqual({ ...expected, hypervisorId: null });
    expect(await outcomeOf(here, token)).toEqual(await outcomeOf(there, token));
  });

  it('that are revoked on one gateway end on the other at once, and nothing else does', async () => {
    const [one, other] = open();
    const [here, there] = [openTokens(one), openTokens(other)];
    const [token, kept] = [await makeToken(one), await makeToken(one)];
    const [viewer, keptViewer] = [await there.authenticate(token), await there.authenticate(kept)];
    const ends: string[] = [];
    const unheard: string[] = [];
    there.onEnd(keptViewer, (end) => ends.push(end));
    there.onEnd(viewer, (end) => unheard.push(end))();
    const ended = Promise.all([endOf(there, viewer), endOf(there, viewer), endOf(here, await here.authenticate(token))]);
    await revokeToken({ store: one, keys }, token);
    expect(await ended).toEqual(['REVOKED', 'REVOKED', 'REVOKED']);
    for (const gateway of [here, there]) {
      expect(await outcomeOf(gateway, token)).toBe('UNAUTHENTICATED');
      expect(await outcomeOf(gateway, kept)).toEqual(keptViewer);
    }
    // Who begins to wait too late hears of it all the same.
    expect(await endOf(there, viewer)).toBe('REVOKED');
    expect([ends, unheard]).toEqual([[], []]);
  });

  it('that say something else now have to be shown again', async () => {
    const [one, other] = open();
    const there = openTokens(other);
    const token = await makeToken(one, { role: 'admin' });
    const viewer = await there.authenticate(token);
    const ended = endOf(there, viewer);
    const [stored] = (await listTokens({ store: one, keys })).filter(({ id }) => viewer.id === `token:${id}`);
    const key = keys.token(stored?.id ?? '');
    const value = Buffer.from(JSON.stringify({ ...stored?.record, role: 'viewer' }));
    await one.commit({ compares: [], writes: [{ type: 'put', key, value }] });
    expect(await ended).toBe('REVOKED');
    expect(await outcomeOf(there, token)).toMatchObject({ id: viewer.id, role: 'viewer' });
  });

  it('that nobody can read let nobody in', async () => {
    const [one, other] = open();
    const token = await makeToken(one);
    const id = String((await openTokens(one).authenticate(token)).id.slice('token:'.length));
    await one.commit({ compares: [], writes: [{ type: 'put', key: keys.token(id), value: Buffer.from('{"role":"admin"}') }] });
    expect(await outcomeOf(openTokens(other), token)).toBe('UNAUTHENTICATED');
  });

  it('are needed: nothing, and what is none, is refused', async () => {
    const gateway = openTokens(open()[0]);
    const never = `lgw_${'A'.repeat(43)}`;
    for (const credential of [null, '', 'lgw_', never, `${never}A`, 'x'.repeat(100_000), '__proto__']) {
      expect(await outcomeOf(gateway, credential)).toBe('UNAUTHENTICATED');
    }
  });
});

describe('while etcd is away', () => {
  it('known tokens go on, others can not be told, and what was revoked meanwhile ends when it is back', async () => {
    const proxy = await startTcpProxy(etcd.port);
    onTestFinished(() => proxy.close());
    const near = closing(openEtcdStore({ endpoints: [etcd.url] }));
    const far = closing(openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs: 300 }));
    const gateway = openTokens(far);
    const [known, doomed] = [await makeToken(near), await makeToken(near)];
    const [viewer, doomedViewer] = [await gateway.authenticate(known), await gateway.authenticate(doomed)];
    const ended = endOf(gateway, doomedViewer);
    proxy.refuse();
    proxy.cut();
    const unknown = await makeToken(near);
    await revokeToken({ store: near, keys }, doomed);
    const { revision } = await near.commit({ compares: [], writes: [{ type: 'put', key: 'x', value: Buffer.of() }] });
    await compact(etcd.url, revision);
    expect(await outcomeOf(gateway, known)).toEqual(viewer);
    expect(await outcomeOf(gateway, doomed)).toEqual(doomedViewer);
    expect(await outcomeOf(gateway, unknown)).toBe('STORE_UNAVAILABLE');
    expect(await outcomeOf(gateway, 'lgw_nonsense')).toBe('UNAUTHENTICATED');
    proxy.admit();
    expect(await ended).toBe('REVOKED');
    expect(await outcomeOf(gateway, unknown)).toMatchObject({ role: 'viewer' });
    expect(await outcomeOf(gateway, doomed)).toBe('UNAUTHENTICATED');
  });

  it('a gateway that has never reached it knows nobody, and tells nobody where it is', async () => {
    const [port] = await freePorts(1);
    const store = closing(openEtcdStore({ endpoints: [`http://127.0.0.1:${port}`], requestTimeoutMs: 300 }));
    const asking = openTokens(store).authenticate(`lgw_${'A'.repeat(43)}`);
    await expect(asking).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: 'Nobody can know now whose this token is: the store does not answer',
      // For the log.
      cause: { message: expect.stringContaining(`127.0.0.1:${port}`) },
    });
  });
});
