import type { ArgBuilder } from '@pothos/core';
import { getJob, listJobs } from '../resolvers/job.ts';
import type { JobStatus } from '../store/entities/job.ts';
import { builder, type SchemaTypes } from './builder.ts';
import { idsFilterField } from './filter-argument.ts';
import { revisionField } from './node-field.ts';
import { connectionOf, pageArguments } from './pagination.ts';
import { GuestRef, JobRef, NodeRef } from './refs.ts';

const statuses = {
  NEW: { description: 'It waits for its turn, or for the agent to accept it.' },
  WORKING: { description: 'The agent is at it.' },
  DONE: { description: 'It ended well.' },
  ERROR: { description: 'It failed: `error` says why.' },
  UNKNOWN: { description: 'Its record says nothing that is known here.' },
} as const satisfies Record<JobStatus, { description: string }>;

const JobStatusEnum = builder.enumType('JobStatus', { description: 'How far a job is.', values: statuses });

JobRef.implement({
  description:
    'Something that is done to a guest on its hypervisor. The jobs of one guest are done one at a time, in the order in which they were made.',
  interfaces: [NodeRef],
  fields: (t) => ({
    ...revisionField(t),
    action: t.exposeString('action', {
      description:
        'What it does: "fetch" (the image), "create", "delete", or one of "start", "shutdown", "reboot", "restart", "poweroff", "suspend". Other tools have actions of their own, such as "select-hypervisor".',
    }),
    status: t.expose('status', { type: JobStatusEnum, description: 'How far it is.' }),
    guestId: t.exposeID('guestId', { description: 'The id of its guest, also when there is no such guest any more.' }),
    guest: t.field({
      type: GuestRef,
      nullable: true,
      description: 'The guest that it is about; null when that one is gone.',
      resolve: ({ guestId }, _args, context) => context.loaders.GUEST.follow(guestId),
    }),
    remoteId: t.exposeString('remoteId', {
      nullable: true,
      description: "The agent's own id of it; null until the agent has accepted it.",
    }),
    error: t.exposeString('error', { nullable: true, description: 'Why it failed; null when it did not.' }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was made; null for jobs of other tools, which do not record it.',
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When work on it began; null before that.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended, well or not; null before that.',
    }),
  }),
});

export const JobConnection = connectionOf({ name: 'Job', things: 'jobs', node: JobRef });

const JobFilterInput = builder.inputType('JobFilter', {
  description: 'All conditions that are given must hold; a null is the same as a condition left out.',
  fields: (t) => ({
    ...idsFilterField(t),
    guestIds: t.idList({ description: 'Is about one of these guests. An empty list finds nothing.' }),
    hypervisorId: t.id({ description: 'Is about a guest that is placed on this hypervisor now.' }),
    statuses: t.field({ type: [JobStatusEnum], description: 'Is this far. An empty list finds nothing.' }),
    action: t.string({ description: 'Does exactly this, such as "create".' }),
    remoteId: t.string({ description: "Has this id of the agent's." }),
  }),
});

export function jobFilterArgument(arg: ArgBuilder<SchemaTypes>) {
  return { filter: arg({ type: JobFilterInput, description: 'Only those for which all of its conditions hold.' }) };
}

builder.queryFields((t) => ({
  job: t.field({
    type: JobRef,
    nullable: true,
    description: 'One job by its id; null when there is none.',
    args: { id: t.arg.id({ required: true, description: "The job's UUID, in any spelling." }) },
    resolve: (_root, { id }, context) => getJob(context, id),
  }),
  jobs: t.field({
    type: JobConnection,
    description: 'All jobs, newest first.',
    args: {
      ...pageArguments(t.arg),
      ...jobFilterArgument(t.arg),
    },
    resolve: (_root, args, context) => listJobs(context, args),
  }),
}));
