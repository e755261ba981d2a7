/** Plain values: whatever is no secret and no text of a client but names. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export type SpanKind = 'server' | 'client' | 'internal';

export interface SpanOptions {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes?: Attributes;
}

export interface RootOptions extends SpanOptions {
  /** W3C, of whoever asked; null: the trace begins here. */
  readonly traceparent: string | null;
}

/** A part of a trace that is under way. */
export interface Span {
  /** 32 hex digits, to find the trace by. */
  readonly traceId: string;
  /** W3C, for whoever is asked next. */
  readonly traceparent: string;
  add(attributes: Attributes): void;
  /** For an attribute that comes up again: one value is a text, as wherever else it stands, and several are a list. */
  append(name: string, value: string): void;
  /** What it came to, by a code such as STORE_UNAVAILABLE. */
  fail(code: string): void;
}

export interface ChildSpan extends Span {
  end(): void;
}

export interface Tracer {
  /** False: nothing is traced, and who asks need not prepare anything. */
  readonly isOn: boolean;
  /** Does work in a span of its own, which is over when the work is. What begins meanwhile, and because of it, is a child of it. */
  trace<T>(options: RootOptions, work: () => Promise<T>): Promise<T>;
  /** The span in which this is called; null: none, or one that is over, or one that is not recorded. */
  current(): Span | null;
  /** A child of the current one, null where there is none: what goes on behind the end of a span is not traced. */
  begin(options: SpanOptions): ChildSpan | null;
  /** Sends what is left, for as long as that takes, but no longer than this. */
  close(timeoutMs: number): Promise<void>;
}

export const noTracer: Tracer = {
  isOn: false,
  trace: (_options, work) => work(),
  current: () => null,
  begin: () => null,
  close: () => Promise.resolve(),
};

/** What a line of the log has besides, where it is written in a trace. */
export function traceFields(tracer: Tracer): { readonly traceId?: string } {
  const span = tracer.current();
  return span === null ? {} : { traceId: span.traceId };
}
