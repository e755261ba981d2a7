import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Context,
  type Span as OtelSpan,
  SpanKind as OtelSpanKind,
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  trace as traceApi,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../log.ts';
import { tellingFailures } from './export-failure.ts';
import { parseTraceparent, printTraceparent } from './traceparent.ts';
import type { Attributes, ChildSpan, RootOptions, SpanKind, SpanOptions, Tracer } from './tracer.ts';

export interface OtlpOptions {
  /** Of the collector, such as `http://127.0.0.1:4318`. */
  readonly endpoint: string;
  /** How many of 100 traces that begin here are recorded. A trace that began elsewhere is, where its beginning was. */
  readonly percent: number;
  readonly version: string;
  readonly log: Logger;
}

/** Spans that wait to be sent. More are dropped: a collector that is away costs no more memory than these. */
const queueLimit = 4096;
const batchSize = 512;
const sendEveryMs = 1000;
const exportTimeoutMs = 3000;

const tracesPath = '/v1/traces';

const kinds: Readonly<Record<SpanKind, OtelSpanKind>> = {
  server: OtelSpanKind.SERVER,
  client: OtelSpanKind.CLIENT,
  internal: OtelSpanKind.INTERNAL,
};

/** Sends spans to a collector. Nothing of it is global: several of them can live in one process. */
export function openOtlpTracer({ endpoint, percent, version, log }: OtlpOptions): Tracer {
  const url = endpoint.endsWith(tracesPath) ? endpoint : `${endpoint.replace(/\/+$/, '')}${tracesPath}`;
  const exporter = tellingFailures(new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs }), { url, log });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'lochness-gateway', 'service.version': version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(percent / 100) }),
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        maxQueueSize: queueLimit,
        maxExportBatchSize: batchSize,
        scheduledDelayMillis: sendEveryMs,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  });
  const tracer = provider.getTracer('lochness-gateway', version);
  const storage = new AsyncLocalStorage<LiveSpan>();

  function start({ name, kind, attributes = {} }: SpanOptions, parent: Context): LiveSpan {
    return new LiveSpan(tracer.startSpan(name, { kind: kinds[kind], attributes }, parent));
  }

  /** Where it is over, its child would hang on something that nobody waits for any more. */
  function live(): LiveSpan | null {
    const span = storage.getStore();
    return span === undefined || span.isOver || !span.isRecorded ? null : span;
  }

  return {
    isOn: true,
    async trace<T>({ traceparent, ...options }: RootOptions, work: () => Promise<T>): Promise<T> {
      const remote = parseTraceparent(traceparent);
      const span = start(options, remote === null ? ROOT_CONTEXT : traceApi.setSpanContext(ROOT_CONTEXT, remote));
      try {
        return await storage.run(span, work);
      } finally {
        span.end();
      }
    },
    current: live,
    begin(options) {
      const parent = live();
      return parent === null ? null : start(options, parent.context);
    },
    async close(timeoutMs) {
      const patience = new AbortController();
      const late = sleep(timeoutMs, undefined, { signal: patience.signal }).catch(() => undefined);
      // A collector that is away has been told of, or will never be.
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      patience.abort();
    },
  };
}

class LiveSpan implements ChildSpan {
  isOver: boolean = false;
  readonly #span: OtelSpan;
  readonly #lists = new Map<string, readonly string[]>();

  constructor(span: OtelSpan) {
    this.#span = span;
  }

  get isRecorded(): boolean {
    return (this.#span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  /** Of its children. */
  get context(): Context {
    return traceApi.setSpan(ROOT_CONTEXT, this.#span);
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  get traceparent(): string {
    return printTraceparent(this.#span.spanContext());
  }

  add(attributes: Attributes): void {
    this.#span.setAttributes(attributes);
  }

  append(name: string, value: string): void {
    const values = [...(this.#lists.get(name) ?? []), value];
    this.#lists.set(name, values);
    this.#span.setAttribute(name, values.length === 1 ? value : [...values]);
  }

  fail(code: string): void {
    this.#span.setAttributes({ 'error.type': code });
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  }

  end(): void {
    this.isOver = true;
    this.#span.end();
  }
}
