import type { Logger } from '../log.ts';
import { noTracer, type Tracer } from './tracer.ts';

export interface TracerOptions {
  /** Null: nothing is traced. */
  readonly tracing: { readonly endpoint: string; readonly percent: number } | null;
  readonly version: string;
  readonly log: Logger;
}

/** OpenTelemetry is loaded only where traces are wanted. */
export async function openTracer({ tracing, version, log }: TracerOptions): Promise<Tracer> {
  if (tracing === null) return noTracer;
  const { openOtlpTracer } = await import('./otlp-tracer.ts');
  return openOtlpTracer({ ...tracing, version, log });
}
