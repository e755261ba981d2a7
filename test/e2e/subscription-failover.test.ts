import { expect, it } from 'vitest';
import { ChangeLog } from '../support/change-log.ts';
import { startEtcdWithStore } from '../support/etcd-store.ts';
import { pick, randomFrom, wholeFrom } from '../support/random.ts';
import { type ChangeSeen, expectAsTold, ResumingReader } from '../support/resuming-reader.ts';
import { type RunningGateway, startGateway } from './program.ts';

const kills = 10;
/** Written while a gateway goes. */
const commitsEach = 150;
/** Of the events: those behind which the wanderer goes on at the one gateway or the other. */
const wandering = 1 / 25;

it('readers that resume at another gateway, whenever theirs is killed, are told each change once and in order', {
  timeout: 180_000,
}, async () => {
  const etcd = await startEtcdWithStore({ version: '3.5' });
  const start = () => startGateway(['serve', '--no-jobs', '--etcd', etcd.server.url, '--log-level', 'error']);
  const log = new ChangeLog(etcd.store, randomFrom(1));
  const after = await log.mark();

  let [chosen, other] = await Promise.all([start(), start()]);
  let alive: readonly RunningGateway[] = [chosen, other];
  const reader = new ResumingReader({ url: () => chosen.url, after });
  const random = randomFrom(2);
  const left: ChangeSeen[] = [];
  const wanderer = new ResumingReader({
    url: () => pick(alive, random).url,
    after,
    breaksOff(event) {
      const goes = random() < wandering;
      if (goes) left.push(event);
      return goes;
    },
  });

  /** Ends the reader's gateway while it is told what is written; the reader goes on at the other one. */
  async function endChosen(signal: NodeJS.Signals) {
    const before = log.told.length;
    const writing = log.write(commitsEach);
    await reader.untilCount(before + wholeFrom(random, 1, commitsEach));
    const ending = chosen;
    chosen = other;
    alive = [chosen];
    const ended = await ending.program.end(signal);
    [other] = await Promise.all([start(), writing]);
    alive = [chosen, other];
    return ended;
  }
  for (let kill = 0; kill < kills; kill++) expect(await endChosen('SIGKILL')).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  expect(await endChosen('SIGTERM')).toMatchObject({ code: 0, stderr: '' });

  const newest = await log.mark();
  for (const each of [reader, wanderer]) {
    await each.untilTold(newest);
    await each.close();
    expectAsTold({ told: log.after(after), seen: each.seen });
  }
  // One that is killed says nothing.
  const resumeAfter = expect.stringMatching(/^\d+(\.\d+)?$/);
  expect(reader.endings.filter(({ code }) => code !== null)).toEqual([{ code: 'SERVER_DRAINING', resumeAfter }]);
  expect(reader.endings.length).toBeGreaterThanOrEqual(kills + 1);
  const next = (event: ChangeSeen) => wanderer.seen[wanderer.seen.indexOf(event) + 1];
  expect(left.filter((event) => next(event)?.revision === event.revision).length).toBeGreaterThan(20);
  for (const { program } of [chosen, other]) expect(await program.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
  await etcd.close();
});
