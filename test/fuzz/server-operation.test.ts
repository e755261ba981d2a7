import { fuzzSuite } from '../support/hostile/suite.ts';

// Half of them all: server-socket.test.ts has the others, and runs beside it.
fuzzSuite({
  inputs: [
    ['documents', 2_000],
    ['variables', 3_000],
  ],
  timeoutMs: 300_000,
  isGuarded: false,
});
