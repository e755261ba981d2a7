import { describe, expect, it, onTestFinished } from 'vitest';
import { prefixRange } from '../../src/store/range.ts';
import type { Store } from '../../src/store/store.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { freePorts } from '../support/free-port.ts';
import { invariantViolations } from '../support/invariants.ts';
import { openSocketClient } from '../support/ws-client.ts';
import { Program, startGateway } from './program.ts';

const guestCount = 50;
const prefix = 'lochness/';

async function entriesOf(store: Store): Promise<Record<string, string>> {
  const { results } = await store.read({ ranges: [prefixRange(prefix)] });
  const entries = (results[0]?.entries ?? []).map(({ key, value }) => [key.slice(prefix.length), value.toString()] as const);
  return Object.fromEntries(entries.filter(([key]) => !key.startsWith('gateway/')));
}

/** Waits for the ends of jobs as a live subscriber of one of the gateways. */
async function openEnds(url: string) {
  const { client } = await openSocketClient(url);
  const endings = new Map<string, { status: string; error: string | null }>();
  const waiting = new Map<string, () => void>();
  const query = 'subscription { jobChanged(after: "1", filter: { statuses: [DONE, ERROR] }) { jobId job { status error } } }';
  const reading = (async () => {
    for await (const { data } of client.iterate<{ jobChanged: { jobId: string; job: { status: string; error: string | null } } }>(
      { query },
    )) {
      if (data == null) throw new Error('An event without data');
      endings.set(data.jobChanged.jobId, data.jobChanged.job);
      waiting.get(data.jobChanged.jobId)?.();
    }
  })();
  return {
    async of(jobIds: readonly string[]) {
      for (const id of jobIds) if (!endings.has(id)) await new Promise<void>((resolve) => waiting.set(id, resolve));
      return jobIds.map((id) => endings.get(id));
    },
    async close() {
      await client.dispose();
      await reading;
    },
  };
}

describe('fifty guests on simulated hypervisors, over two gateways and one etcd', () => {
  it('are created, told to stop and start, and deleted, and nothing is left of them', async () => {
    const etcd = await startEtcdWithStore();
    onTestFinished(() => etcd.close());
    const [agentPort = 0] = await freePorts(1);
    const flags = ['--etcd', etcd.server.url, '--agent-port', String(agentPort)];
    const simulation = new Program(['simulate', ...flags]);
    await simulation.untilSaid(/simulating 6 hypervisors/);
    const before = await entriesOf(etcd.store);
    const one = await startGateway(['serve', ...flags]);
    const other = await startGateway(['serve', ...flags]);
    const ends = await openEnds(other.url);

    const { flavors, networks } = (await one.ask('{ flavors { nodes { id name } } networks { nodes { id name } } }')) as Listed;
    const idOf = (list: NamedList, name: string) => list.nodes.find((node) => node.name === name)?.id;
    const input = `{ flavorId: "${idOf(flavors, 'tiny')}", networkId: "${idOf(networks, 'production')}" }`;
    const done = Array.from({ length: guestCount }, () => ({ status: 'DONE', error: null }));

    const guestIds: string[] = [];
    const created: string[] = [];
    for (let index = 0; index < guestCount; index++) {
      const ask = index % 2 === 0 ? one.ask : other.ask;
      const { createGuest } = (await ask(`mutation { createGuest(input: ${input}) { guest { id } job { id } } }`)) as Made;
      guestIds.push(createGuest.guest.id);
      created.push(createGuest.job.id);
    }
    expect(await ends.of(created)).toEqual(done);
    expect(await statesOf(one.ask)).toEqual({ RUNNING: guestCount });

    // Judged against what is queued already: a guest that is about to stop can be started.
    for (const [action, state] of [
      ['SHUTDOWN', 'STOPPED'],
      ['START', 'RUNNING'],
      ['RESTART', 'RUNNING'],
    ]) {
      const jobIds = await Promise.all(
        guestIds.map(async (id) => {
          const { guestAction } = (await one.ask(
            `mutation { guestAction(guestId: "${id}", action: ${action}) { job { id } } }`,
          )) as Acted;
          return guestAction.job.id;
        }),
      );
      expect(await ends.of(jobIds)).toEqual(done);
      expect(await statesOf(other.ask)).toEqual({ [state ?? '']: guestCount });
    }
    expect(invariantViolations(await entriesOf(etcd.store))).toEqual([]);

    const deleted = await Promise.all(
      guestIds.map(async (id) => {
        const { deleteGuest } = (await other.ask(`mutation { deleteGuest(id: "${id}") { job { id } } }`)) as Deleted;
        return deleteGuest.job.id;
      }),
    );
    expect(await ends.of(deleted)).toEqual(done);
    const after = await entriesOf(etcd.store);
    expect(invariantViolations(after)).toEqual([]);
    const isLasting = (key: string) => !key.startsWith('jobs/') && !key.endsWith('/heartbeat');
    expect(Object.keys(after).filter(isLasting)).toEqual(Object.keys(before).filter(isLasting));
    expect(Object.keys(after).filter((key) => key.endsWith('.lock'))).toEqual([]);
    await ends.close();
    expect(await one.program.end('SIGTERM')).toMatchObject({ code: 0 });
    expect(await other.program.end('SIGTERM')).toMatchObject({ code: 0 });
  }, 120_000);
});

interface NamedList {
  readonly nodes: readonly { readonly id: string; readonly name: string }[];
}
interface Listed {
  readonly flavors: NamedList;
  readonly networks: NamedList;
}
interface Made {
  readonly createGuest: { readonly guest: { readonly id: string }; readonly job: { readonly id: string } };
}
interface Acted {
  readonly guestAction: { readonly job: { readonly id: string } };
}
interface Deleted {
  readonly deleteGuest: { readonly job: { readonly id: string } };
}

async function statesOf(ask: (query: string) => Promise<unknown>): Promise<Record<string, number>> {
  const { cluster } = (await ask('{ cluster { guestCountByState { state count } } }')) as {
    readonly cluster: { readonly guestCountByState: readonly { readonly state: string; readonly count: number }[] };
  };
  const counted = cluster.guestCountByState.filter(({ count }) => count > 0);
  return Object.fromEntries(counted.map(({ state, count }) => [state, count]));
}
