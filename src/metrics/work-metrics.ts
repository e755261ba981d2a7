import { Counter, Histogram, type Registry } from 'prom-client';
import type { AgentObserver, JobObserver } from '../observer.ts';
import { latencyBuckets, workBuckets } from './bucket.ts';

export function openAgentMetrics(registry: Registry): AgentObserver {
  const registers = [registry];
  const calls = new Counter({
    name: 'lochness_gateway_agent_calls_total',
    help: 'Calls to agents of hypervisors that came to their end. `call`: such as getGuest. `outcome`: ok, unreachable (no answer), error (an answer that is one, or nothing that an agent says), aborted.',
    labelNames: ['call', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'lochness_gateway_agent_call_duration_seconds',
    help: 'How long calls to agents took, the wait for one of the connections of the agent included.',
    labelNames: ['call'],
    buckets: latencyBuckets,
    registers,
  });
  const headers = {};
  return {
    begin({ name: call }) {
      const startedAt = performance.now();
      return {
        headers,
        end(outcome) {
          calls.inc({ call, outcome });
          durations.observe({ call }, (performance.now() - startedAt) / 1000);
        },
      };
    },
  };
}

export function openJobMetrics(registry: Registry): JobObserver {
  const registers = [registry];
  const ended = new Counter({
    name: 'lochness_gateway_jobs_ended_total',
    help: 'Jobs that this gateway worked on and no longer does. `action`: such as create. `outcome`: done, failed (the job is in ERROR), givenUp (it goes on at another gateway).',
    labelNames: ['action', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'lochness_gateway_job_duration_seconds',
    help: 'How long this gateway worked on jobs that it ended, from its claim.',
    labelNames: ['action'],
    buckets: workBuckets,
    registers,
  });
  return {
    ended({ action, outcome, seconds }) {
      ended.inc({ action, outcome });
      if (outcome !== 'givenUp') durations.observe({ action }, seconds);
    },
  };
}
