import { heartbeatSecondsLeft } from '../resolvers/heartbeat.ts';
import type { Heartbeat } from '../store/entities/heartbeat.ts';
import { builder } from './builder.ts';
import { costs } from './field-cost.ts';

export const HeartbeatRef = builder.objectRef<Heartbeat>('Heartbeat').implement({
  description: 'The sign of life that a hypervisor renews. The store removes it when it is not renewed in time.',
  fields: (t) => ({
    value: t.exposeString('value', {
      description:
        'The text as the hypervisor wrote it, usually a time: "2026-11-22 23:00:13.313920112 +0000 UTC m=+1.319236550".',
    }),
    at: t.expose('at', {
      type: 'DateTime',
      nullable: true,
      description: 'The time that the text names; null when it names none, and alive all the same.',
    }),
    revision: t.expose('revision', { type: 'Revision', description: 'The store revision of the last beat.' }),
    ttlSeconds: t.int({
      nullable: true,
      description:
        'Whole seconds left until it expires unless it is renewed. Null when it never expires, under `@at`, and in events.',
      extensions: { isVolatile: true, ...costs({ weight: 100 }) },
      resolve: (heartbeat, _args, context) => heartbeatSecondsLeft(context, heartbeat),
    }),
  }),
});
