import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuzzSeed } from './fuzz.ts';
import { type FuzzedGateway, openFuzzedGateway } from './gateway.ts';
import { type FuzzRun, fuzzDocuments, fuzzVariables } from './operations.ts';
import { fuzzRequests } from './requests.ts';
import { fuzzSockets } from './sockets.ts';

const kinds = {
  documents: fuzzDocuments,
  variables: fuzzVariables,
  requests: fuzzRequests,
  frames: fuzzSockets,
} satisfies Readonly<Record<string, (run: FuzzRun) => Promise<number>>>;

export interface FuzzSuite {
  /** How many of each kind. */
  readonly inputs: readonly (readonly [keyof typeof kinds, number])[];
  readonly timeoutMs: number;
  /** Whether the gateway asks for credentials, which then are fuzzed too. */
  readonly isGuarded: boolean;
}

/** Fuzzes a gateway that is real but for the process that it shares with the test, over sockets. */
export function fuzzSuite({ inputs, timeoutMs, isGuarded }: FuzzSuite): void {
  const seed = fuzzSeed();

  describe(`A gateway that ${isGuarded ? 'asks for credentials' : 'lets everybody in'}, to which anything is sent`, () => {
    let gateway: FuzzedGateway;
    beforeAll(async () => {
      gateway = await openFuzzedGateway({ isGuarded });
    });
    afterAll(() => gateway.close());

    it.each(inputs)(
      'answers as it should, shows nothing of its inside, and goes on: %s',
      { timeout: timeoutMs },
      async (kind, count) => {
        expect(await kinds[kind]({ gateway, seed, inputs: count })).toBeGreaterThanOrEqual(count);
      },
    );

    it('leaves no connection, no timer, no subscriber and no operation behind when it is closed', async () => {
      // Does not end while anything is under way: nothing is cut.
      await gateway.close();
      await expect.poll(() => gateway.remains()).toEqual([]);
    });
  });
}
