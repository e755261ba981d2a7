import { readdir } from 'node:fs/promises';
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const eventLoopResolutionMs = 20;
const gcBuckets = [0.001, 0.01, 0.1, 1, 2, 5];

const gcKinds: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

interface ProcessReading {
  readonly name: string;
  readonly help: string;
  readonly read: () => Promise<number | null> | number;
}

/**
 * The process, under the names that dashboards for Node know. Not by prom-client's own collectors: those can't be stopped, and a process
 * of tests has many gateways.
 */
export function openProcessMetrics(registry: Registry): { close(): void } {
  const registers = [registry];
  gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory that the system has given to the process.',
    read: () => process.memoryUsage.rss(),
  });
  gauge({
    name: 'process_start_time_seconds',
    help: 'When the process began, in seconds since 1970.',
    read: () => Date.now() / 1000 - process.uptime(),
  });
  gauge({
    name: 'process_open_fds',
    help: 'Open file descriptors, sockets included. Absent where the system does not say.',
    read: countOpenFiles,
  });
  gauge({ name: 'nodejs_heap_size_total_bytes', help: 'Heap that V8 has.', read: () => process.memoryUsage().heapTotal });
  gauge({ name: 'nodejs_heap_size_used_bytes', help: 'Heap in use.', read: () => process.memoryUsage().heapUsed });
  gauge({
    name: 'nodejs_external_memory_bytes',
    help: 'Memory of buffers and of other objects outside the heap.',
    read: () => process.memoryUsage().external,
  });
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Time that the process had the processors for itself, user and system.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });

  const delay = monitorEventLoopDelay({ resolution: eventLoopResolutionMs });
  delay.enable();
  new Gauge({
    name: 'lochness_gateway_event_loop_delay_seconds',
    help: 'How much later than asked for a timer came, since the last scrape. `percentile`: 50, 99, 100.',
    labelNames: ['percentile'],
    registers,
    collect() {
      const delays = { 50: delay.percentile(50), 99: delay.percentile(99), 100: delay.max };
      for (const [percentile, nanoseconds] of Object.entries(delays)) {
        // What is measured is the time between two timers. Nothing measured yet is no delay.
        this.set({ percentile }, Math.max(0, nanoseconds / 1e9 - eventLoopResolutionMs / 1000));
      }
      delay.reset();
    },
  });

  const collections = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Garbage collections. `kind`: major, minor, incremental, weakcb.',
    labelNames: ['kind'],
    buckets: gcBuckets,
    registers,
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) collections.observe({ kind: kindOf(entry) }, entry.duration / 1000);
  });
  observer.observe({ entryTypes: ['gc'] });

  function gauge({ name, help, read }: ProcessReading): void {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const value = await read();
        if (value === null) this.remove();
        else this.set(value);
      },
    });
  }

  return {
    close() {
      delay.disable();
      observer.disconnect();
    },
  };
}

/** The types of Node do not know `detail` yet. */
function kindOf(entry: object): string {
  const detail: unknown = 'detail' in entry ? entry.detail : null;
  const kind = typeof detail === 'object' && detail !== null && 'kind' in detail ? Number(detail.kind) : 0;
  return gcKinds.get(kind) ?? 'other';
}

async function countOpenFiles(): Promise<number | null> {
  try {
    return (await readdir('/proc/self/fd')).length;
  } catch {
    return null;
  }
}
