import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { placing, Underway } from '../../src/resolvers/placement/underway.ts';
import type { Revision } from '../../src/store/store.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';

let gateway: GatewaySchema;

beforeEach(async () => {
  gateway = await openGatewaySchema();
});

afterEach(() => gateway.close());

/** Where another operation that sees the store at the revision would rather not place a guest. */
function busyAt(revision: Revision): readonly string[] {
  const context = gateway.newContext();
  context.lookAgain(revision);
  const [, busy] = new Underway({ context, isDryRun: false }).byCalm([{ id: 'a' }, { id: 'b' }]);
  return busy.map(({ id }) => id);
}

interface Placement {
  readonly isDryRun?: boolean;
  readonly strategy?: 'SPREAD' | 'PACK';
  readonly run?: (context: Context) => unknown;
}

/** Places on `a`, as of the revision. */
async function place(revision: Revision, { isDryRun = false, strategy = 'SPREAD', run = () => undefined }: Placement = {}) {
  const context = gateway.newContext();
  await placing({ context, isDryRun }, async (underway) => {
    await underway.begin({ lostRaces: 0, strategy });
    underway.announce('a');
    await run(context);
    return { revision };
  });
}

describe('an operation that places a guest', () => {
  it('keeps others away while it does, and those that looked before its commit afterwards too', async () => {
    await place(7, { run: () => expect(busyAt(9)).toEqual(['a']) });
    expect(busyAt(6)).toEqual(['a']);
    expect(busyAt(7)).toEqual([]);
  });

  it('is forgotten when it fails', async () => {
    await expect(place(7, { run: () => Promise.reject(new Error('lost')) })).rejects.toThrow('lost');
    expect(busyAt(6)).toEqual([]);
  });

  it('counts as later than one that is heard of later, but was committed before', async () => {
    await place(7);
    await place(5);
    expect(busyAt(6)).toEqual(['a']);
  });

  it('keeps nobody away in a dry run', async () => {
    await place(7, { isDryRun: true, run: () => expect(busyAt(6)).toEqual([]) });
    expect(busyAt(6)).toEqual([]);
  });

  it('waits with PACK for others with PACK, but not in a dry run', async () => {
    const order: string[] = [];
    let behind: Promise<void> = Promise.resolve();
    await place(7, {
      strategy: 'PACK',
      run: async () => {
        behind = place(8, { strategy: 'PACK', run: () => order.push('behind') });
        await place(8, { strategy: 'PACK', isDryRun: true, run: () => order.push('dry') });
        await place(8, { run: () => order.push('spread') });
        order.push('first');
      },
    });
    await behind;
    expect(order).toEqual(['dry', 'spread', 'first', 'behind']);
  });
});
