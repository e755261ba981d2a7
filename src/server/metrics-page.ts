import type { ServerResponse } from 'node:http';

export const metricsPath = '/metrics';

/** What `/metrics` shows. */
export interface MetricsPage {
  readonly contentType: string;
  text(): Promise<string>;
}

export async function replyMetrics(response: ServerResponse, { contentType, text }: MetricsPage): Promise<void> {
  const body = await text();
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
