import { describe, expect, it } from 'vitest';
import { compareExecutions } from '../support/compiled-comparison.ts';

const runs = 40_000;

describe('any query that is executed by a plan', () => {
  it.each([
    ['what is read from the store', false],
    ['what is in memory', true],
  ])('is answered of %s as by graphql-js, however many there are', async (_what, withCatalog) => {
    const seed = Date.now() % 2 ** 31;
    console.info('compared executions with seed', seed);
    const compared = await compareExecutions({ withCatalog, seed, runs });
    console.info(compared);
    expect(compared.planned).toBeGreaterThan(3_000);
  });
});
