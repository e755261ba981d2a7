import { describe, expect, it } from 'vitest';
import { compareExecutions } from '../support/compiled-comparison.ts';

const runs = 1_500;

describe('any query that is executed by a plan', () => {
  it.each([
    ['what is read from the store', false],
    ['what is in memory', true],
  ])(
    'is answered of %s as by graphql-js: the same data in the same order, the same errors at the same places, the same broken records',
    async (_what, withCatalog) => {
      const seed = Date.now() % 2 ** 31;
      console.info('compared executions with seed', seed);
      const compared = await compareExecutions({ withCatalog, seed, runs });
      console.info(compared);
      expect(compared.planned).toBeGreaterThan(150);
      expect(compared.failed).toBeGreaterThan(150);
    },
    120_000,
  );
});
