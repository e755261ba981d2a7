import { expect, it } from 'vitest';
import { readServeConfig } from '../../../src/config/index.ts';
import { defaultLimits } from '../../../src/server/limits/index.ts';

it('a server that is given no limits has those that the options have by default', () => {
  const { limits } = readServeConfig({ flags: {}, environment: {} });
  expect(defaultLimits).toEqual(limits);
});
