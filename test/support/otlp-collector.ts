import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { portOf } from './free-port.ts';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it is the first of its trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** By OTLP: 1 is internal, 2 server, 3 client. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string | number | boolean | object>>;
  /** By OTLP: 2 is an error. */
  readonly status: { readonly code?: number; readonly message?: string };
}

/** A collector of traces: an HTTP server that takes OTLP as JSON. */
export interface Collector {
  /** `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  readonly spans: readonly CollectedSpan[];
  /** The text of all that came. */
  readonly texts: readonly string[];
  readonly headers: readonly IncomingHttpHeaders[];
  /** What it answers from now on. Null: nothing, ever. */
  answer(status: number | null): void;
  /** Resolves when so many requests have come, all in all. */
  seen(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const texts: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  let status: number | null = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      texts.push(text);
      headers.push(request.headers);
      if (status === 200 && request.url === '/v1/traces') spans.push(...spansIn(text));
      if (status !== null) response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      server.emit('seen');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${portOf(server)}`,
    spans,
    texts,
    headers,
    answer(next) {
      status = next;
    },
    async seen(count) {
      while (texts.length < count) await once(server, 'seen');
    },
    async close() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface SentSpan extends Omit<CollectedSpan, 'attributes' | 'parentSpanId'> {
  readonly parentSpanId?: string;
  readonly attributes: readonly {
    readonly key: string;
    readonly value: Readonly<Record<string, string | number | boolean | object>>;
  }[];
}

interface Sent {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[] }[];
}

function spansIn(text: string): CollectedSpan[] {
  const { resourceSpans }: Sent = JSON.parse(text);
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map(({ attributes, parentSpanId = '', ...span }) => ({
      ...span,
      parentSpanId,
      // Each value has its type for a name.
      attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] ?? ''])),
    }));
}

/** The spans as a tree of names: a child stands below its parent, and more to the right. */
export function printTree(spans: readonly CollectedSpan[], parentSpanId: string, indent = ''): string[] {
  return spans
    .filter((span) => span.parentSpanId === parentSpanId)
    .flatMap(({ name, spanId }) => [`${indent}${name}`, ...printTree(spans, spanId, `${indent}  `)]);
}
