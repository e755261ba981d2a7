import type { AgentLineOptions } from './agent-line.ts';
import { runJob } from './run-job.ts';

/** A job in a trace of its own: what is asked of the store and of the agent for it is a part of that. */
export function runTraced(options: AgentLineOptions): Promise<'done' | 'failed'> {
  const { tracer } = options.job.services;
  if (!tracer.isOn) return runJob(options);
  const { id, action, guestId } = options.job.job;
  const attributes = { 'lochness.job.id': id, 'lochness.job.action': action, 'lochness.guest.id': guestId };
  return tracer.trace({ name: `job ${action}`, kind: 'internal', attributes, traceparent: null }, async () => {
    const outcome = await runJob(options);
    if (outcome === 'failed') tracer.current()?.fail('JOB_FAILED');
    return outcome;
  });
}
