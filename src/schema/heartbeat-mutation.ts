import { heartbeat } from '../resolvers/mutation/heartbeat.ts';
import { builder } from './builder.ts';
import { HypervisorPayload } from './hypervisor-mutation.ts';
import { begin } from './mutation.ts';
import { ResourcesInput } from './resources-input.ts';

const HeartbeatResourcesInput = builder.inputType('HeartbeatResourcesInput', {
  description: 'What a hypervisor reports of its resources.',
  fields: (t) => ({
    total: t.field({ type: ResourcesInput, required: true, description: 'What it has in all.' }),
    available: t.field({ type: ResourcesInput, required: true, description: 'What it has left.' }),
  }),
});

builder.mutationFields((t) => ({
  heartbeat: t.field({
    role: 'admin',
    agentOf: 'hypervisorId',
    type: HypervisorPayload,
    nullable: true,
    description: 'A sign of life of a hypervisor: it is alive for `ttlSeconds`, and longer when it beats again before.',
    args: {
      hypervisorId: t.arg.id({ required: true, description: "The hypervisor's UUID, in any spelling." }),
      ttlSeconds: t.arg.int({
        required: true,
        defaultValue: 120,
        description: 'After so many seconds without another beat it counts as dead: 10 to 86,400.',
      }),
      resources: t.arg({
        type: HeartbeatResourcesInput,
        description: "What it has, to be shown and for placement. The record's revision moves only when they changed.",
      }),
    },
    resolve: (_root, args, context, info) => heartbeat(begin(context, args, info), args),
  }),
}));
