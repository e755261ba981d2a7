import { expect, it } from 'vitest';
import { startGateway } from '../e2e/program.ts';
import { History } from '../e2e/race/history.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { expectAsTold, ResumingReader } from '../support/resuming-reader.ts';
import { LoyalClient } from './drain/loyal-client.ts';
import { StreamReader } from './drain/stream-reader.ts';
import { toldOfAll } from './leader-kill/audience.ts';

const clients = 24;
const socketReaders = 8;
const streamReaders = 4;
/** To each client, before the signal and behind it. */
const answersEach = 20;

const read = '{ networks(first: 50) { totalCount nodes { id subnets { totalCount } } } }';
const create = 'mutation { createNetwork(input: {}) { network { id } } }';

it('a gateway that gets SIGTERM under load answers all that it was sent, and its streams go on at another one without a gap', async () => {
  const etcd = await startEtcdWithStore({ version: '3.5' });
  const start = () => startGateway(['serve', '--no-jobs', '--etcd', etcd.server.url, '--log-level', 'error']);
  const [stopping, staying] = await Promise.all([start(), start()]);
  const urls = [stopping.url, staying.url];
  const history = await History.open(etcd.store);
  const { revision: after } = await etcd.store.status();

  let isStopping: boolean = false;
  const url = () => (isStopping ? staying.url : stopping.url);
  const sockets = Array.from({ length: socketReaders }, () => new ResumingReader({ url, after }));
  const streams = Array.from({ length: streamReaders }, () => new StreamReader({ urls, after: String(after) }));
  const load = Array.from({ length: clients }, (_, index) => new LoyalClient({ urls, query: index % 3 === 0 ? create : read }));
  const untilAnswered = async (at: number) => {
    for (const { answers } of load)
      await expect.poll(() => answers[at]?.length, { timeout: 20_000 }).toBeGreaterThan(answersEach);
  };
  await untilAnswered(0);
  isStopping = true;
  expect(await stopping.program.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
  await untilAnswered(1);
  await Promise.all(load.map((client) => client.end()));

  expect(load.flatMap(({ failures }) => failures)).toEqual([]);
  const answers = load.flatMap((client) => client.answers.flat());
  expect(answers.filter(({ errors }) => errors !== undefined)).toEqual([]);
  const created = answers.flatMap(({ data }) => data.createNetwork?.network.id ?? []);

  const commits = await history.end(etcd.store);
  const told = toldOfAll(commits);
  // Each mutation was done once, and whoever asked for it knows.
  expect(created.toSorted()).toEqual(told.flatMap(({ kind, id }) => (kind === 'NETWORK' ? [id] : [])).toSorted());
  const newest = commits.at(-1)?.revision ?? 0;
  await Promise.all([...sockets.map((reader) => reader.untilTold(newest)), ...streams.map((reader) => reader.end(newest))]);
  for (const reader of sockets) await reader.close();
  const resumeAfter = expect.stringMatching(/^\d+(\.\d+)?$/);
  for (const { seen, endings } of [...sockets, ...streams]) {
    expectAsTold({ told, seen });
    expect(endings[0]).toMatchObject({ code: 'SERVER_DRAINING', resumeAfter });
  }
  console.info(`${answers.length} answers, ${created.length} of mutations; ${told.length} events`);
  expect(await staying.program.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
  await etcd.close();
});
