import {
  type HeartbeatEvent,
  type HeartbeatStatus,
  heartbeatOfEvent,
  subscribeToHeartbeats,
} from '../resolvers/subscription/heartbeat.ts';
import { builder } from './builder.ts';
import { HeartbeatRef } from './heartbeat.ts';
import { HypervisorRef } from './refs.ts';
import { afterArgument, eventFields } from './subscription.ts';

const statuses = {
  ALIVE: { description: 'The first sign of life: it was dead, or new.' },
  BEAT: { description: 'One more sign of life.' },
  DEAD: { description: 'No sign of life came in time, or it was taken away.' },
} as const satisfies Record<HeartbeatStatus, { description: string }>;

const HeartbeatStatusEnum = builder.enumType('HeartbeatStatus', {
  description: 'What a heartbeat says of its hypervisor.',
  values: statuses,
});

const HeartbeatEventRef = builder.objectRef<HeartbeatEvent>('HeartbeatEvent').implement({
  description: 'A sign of life of a hypervisor, or that there is none any more.',
  fields: (t) => ({
    status: t.expose('status', { type: HeartbeatStatusEnum, description: 'What it says.' }),
    hypervisorId: t.exposeID('hypervisorId', {
      description: 'The id of the hypervisor, also when there is no such one any more.',
    }),
    hypervisor: t.field({
      type: HypervisorRef,
      nullable: true,
      description: 'The hypervisor; null when it has no record.',
      resolve: ({ hypervisorId }, _args, context) => context.loaders.HYPERVISOR.follow(hypervisorId),
    }),
    heartbeat: t.field({
      type: HeartbeatRef,
      nullable: true,
      description: 'The sign of life; null for DEAD.',
      resolve: (event) => heartbeatOfEvent(event),
    }),
    ...eventFields(t),
  }),
});

builder.subscriptionFields((t) => ({
  hypervisorHeartbeat: t.field({
    type: HeartbeatEventRef,
    description:
      'The signs of life of hypervisors. One that only keeps its lease alive, without writing, is not heard between ALIVE and DEAD.',
    args: {
      hypervisorIds: t.arg.idList({ description: 'Only of these; of all when it is left out.' }),
      beats: t.arg.boolean({
        required: true,
        defaultValue: true,
        description: 'Whether each beat is told; false: ALIVE and DEAD alone.',
      }),
      ...afterArgument(t.arg),
    },
    subscribe: (_root, args, context) => subscribeToHeartbeats(context, args),
    resolve: (event) => event,
  }),
}));
