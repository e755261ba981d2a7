import { monitorEventLoopDelay } from 'node:perf_hooks';

// Loaded into a served process before its own program (node --import). Tells its parent, when asked, how it is.

/** The delays that are told include it: an idle event loop has about this one. */
const resolutionMs = 1;

export type ProbeCall = 'reset' | 'read';

export interface ProbeReading {
  /** Between two turns of a timer of 1 ms. */
  readonly eventLoopP99Ms: number;
  readonly eventLoopWorstMs: number;
  readonly residentMiB: number;
  readonly heapMiB: number;
}

const eventLoop = monitorEventLoopDelay({ resolution: resolutionMs });
eventLoop.enable();

process.on('message', (call: ProbeCall) => {
  if (call === 'reset') {
    eventLoop.reset();
    process.send?.('reset');
    return;
  }
  const { rss, heapUsed } = process.memoryUsage();
  const reading: ProbeReading = {
    eventLoopP99Ms: eventLoop.percentile(99) / 1e6,
    eventLoopWorstMs: eventLoop.max / 1e6,
    residentMiB: rss / 2 ** 20,
    heapMiB: heapUsed / 2 ** 20,
  };
  process.send?.(reading);
});
// Nobody is left to end it.
process.once('disconnect', () => process.exit());
// A process that has nothing else to do is to end.
process.channel?.unref();
