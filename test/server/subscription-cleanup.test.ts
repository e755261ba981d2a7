import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { openEventSource } from '../support/sse-client.ts';
import { openSocketClient } from '../support/ws-client.ts';
import { type CountingGateway, openCountingGateway } from './subscription-fixture.ts';

const rounds = 1000;
/** Until then caches fill; code is compiled for thousands more, some hundred bytes a round. */
const warmUpRounds = 300;
/** A subscription that were left would hold its context, of more than this. */
const mostBytesEach = 2000;

const query = 'subscription ($after: EventCursor) { changes(after: $after) { id node { id } } }';

type Round = (gateway: CountingGateway, after: string) => Promise<void>;

/** Takes one event, begins to wait for the next, and goes. */
function overWebsocket(how: 'leave' | 'cut' | 'complete'): Round {
  return async ({ url }, after) => {
    const { client, cut, closed } = await openSocketClient(url);
    const events = client.iterate({ query, variables: { after } });
    await events.next();
    const pending = events.next().catch(() => undefined);
    if (how === 'cut') cut();
    else if (how === 'complete') await events.return?.();
    await client.dispose();
    await pending;
    await closed;
  };
}

const overServerSentEvents: Round = async ({ url }, after) => {
  const stream = await openEventSource(url, { query, variables: { after } });
  await stream.next();
  const pending = stream.next().catch(() => undefined);
  stream.cut();
  await pending;
};

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

async function heapInUse(): Promise<number> {
  if (typeof collectGarbage !== 'function') throw new Error('No garbage collector');
  // Twice, with a turn between: what finalizers let go of is collected by the second one.
  collectGarbage();
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('Subscriptions that come and go', () => {
  it.each([
    ['WebSockets that are closed', overWebsocket('leave')],
    ['WebSockets that are cut off', overWebsocket('cut')],
    ['WebSockets that complete their operations first', overWebsocket('complete')],
    ['server-sent events that are cut off', overServerSentEvents],
  ])(
    'leave nothing behind: a thousand %s',
    async (_what, round) => {
      const warnings: Error[] = [];
      const warn = (warning: Error): number => warnings.push(warning);
      process.on('warning', warn);
      const gateway = await openCountingGateway();
      const after = String(await gateway.put({ 'config/a': '' }));
      await gateway.put({ 'config/b': '' });
      let warm = 0;
      for (let count = 0; count < rounds; count++) {
        if (count === warmUpRounds) warm = await heapInUse();
        await round(gateway, after);
      }
      await expect.poll(() => gateway.services.changes.streamCount).toBe(0);
      expect(gateway.watchCount()).toBeLessThanOrEqual(1);
      expect(((await heapInUse()) - warm) / (rounds - warmUpRounds)).toBeLessThan(mostBytesEach);
      // Would wait for a connection that were left.
      await gateway.stop();
      expect(gateway.watchCount()).toBe(0);
      expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toEqual([]);
      expect(warnings).toEqual([]);
      process.off('warning', warn);
    },
    60_000,
  );
});
