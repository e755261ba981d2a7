import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { tellingFailures } from '../../src/tracing/export-failure.ts';
import { openOtlpTracer } from '../../src/tracing/otlp-tracer.ts';
import { startCollector } from '../support/otlp-collector.ts';

/** 0: delivered; 1: not. */
type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0];

const root = { name: 'query', kind: 'server', traceparent: null } as const;

describe('a collector that is away', () => {
  it('is told of once for as long as it lasts, and once more when it is there again', () => {
    const lines: string[] = [];
    const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line).msg) });
    const results: ExportResult[] = [
      { code: 1, error: new Error('connect ECONNREFUSED') },
      { code: 1 },
      { code: 0 },
      { code: 0 },
      { code: 1, error: new Error('connect ECONNREFUSED') },
    ];
    const inner: SpanExporter = {
      export: (_spans, done) => done(results.shift() ?? { code: 0 }),
      shutdown: async () => undefined,
    };
    const exporter = tellingFailures(inner, { url: 'http://collector.example/v1/traces', log });
    const told: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) exporter.export([], ({ code }) => told.push(code));
    expect(told).toEqual([1, 1, 0, 0, 1]);
    const away = "traces can't be delivered to http://collector.example/v1/traces: they are dropped until they can";
    expect(lines).toEqual([away, 'traces are delivered again', away]);
  });

  it('does not hold up what is traced, nor the stop', async () => {
    const collector = await startCollector();
    onTestFinished(() => collector.close());
    collector.answer(null);
    const tracer = openOtlpTracer({ endpoint: collector.endpoint, percent: 100, version: '1.2.3', log: silentLog });
    // More than there is room for.
    const answers = await Promise.all(Array.from({ length: 10_000 }, (_, number) => tracer.trace(root, async () => number)));
    expect(answers.at(-1)).toBe(9999);
    await tracer.close(20);
    expect(collector.spans).toEqual([]);
  });
});

describe('a span', () => {
  it('has no children once it is over', async () => {
    const collector = await startCollector();
    onTestFinished(() => collector.close());
    const tracer = openOtlpTracer({
      endpoint: `${collector.endpoint}/v1/traces`,
      percent: 100,
      version: '1.2.3',
      log: silentLog,
    });
    let later: () => unknown = () => undefined;
    const goOn = new Promise<void>((resolve) => {
      later = resolve;
    });
    const behind = await tracer.trace(root, async () => ({
      of: goOn.then(() => tracer.begin({ name: 'late', kind: 'client' })),
    }));
    later();
    expect(await behind.of).toBeNull();
    expect(tracer.current()).toBeNull();
    await tracer.close(5000);
    expect(collector.spans.map(({ name }) => name)).toEqual(['query']);
  });
});
