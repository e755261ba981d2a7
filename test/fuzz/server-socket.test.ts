import { fuzzSuite } from '../support/hostile/suite.ts';

fuzzSuite({
  inputs: [
    ['requests', 2_500],
    ['frames', 2_500],
  ],
  timeoutMs: 300_000,
  isGuarded: true,
});
