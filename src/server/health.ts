import type { ServerResponse } from 'node:http';
import type { Readiness } from './readiness.ts';
import { replyJson } from './reply.ts';

export const healthPath = '/health';
export const readyPath = '/ready';

/** The process is up, whatever became of its store. */
export function replyHealth(response: ServerResponse): void {
  replyJson(response, { status: 200, body: { status: 'up' } });
}

/** Whether it is to get requests. */
export function replyReadiness(response: ServerResponse, readiness: Readiness): void {
  replyJson(response, { status: readiness.status === 'ready' ? 200 : 503, body: readiness });
}
