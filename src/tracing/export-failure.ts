import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';

export interface FailureOptions {
  readonly url: string;
  readonly log: Logger;
}

/** What `SUCCESS` of OpenTelemetry's ExportResultCode is. */
const succeeded = 0;

/** The same exporter, whose failures are in the log: once for as long as they last, however many there are. */
export function tellingFailures(exporter: SpanExporter, { url, log }: FailureOptions): SpanExporter {
  let isFailing = false;

  function note(error: unknown): void {
    if (isFailing) return;
    isFailing = true;
    log.warn({ reason: messageOf(error) }, `traces can't be delivered to ${url}: they are dropped until they can`);
  }

  function noteSuccess(): void {
    if (isFailing) log.info('traces are delivered again');
    isFailing = false;
  }

  return {
    export(spans, onResult) {
      exporter.export(spans, (result) => {
        if (result.code === succeeded) noteSuccess();
        else note(result.error ?? 'no reason was given');
        onResult(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
