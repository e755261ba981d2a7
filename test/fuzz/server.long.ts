import { fuzzSuite } from '../support/hostile/suite.ts';

fuzzSuite({
  inputs: [
    ['documents', 20_000],
    ['variables', 30_000],
  ],
  timeoutMs: 1_800_000,
  isGuarded: false,
});
fuzzSuite({
  inputs: [
    ['requests', 25_000],
    ['frames', 25_000],
  ],
  timeoutMs: 1_800_000,
  isGuarded: true,
});
