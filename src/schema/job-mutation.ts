import { retryJob } from '../resolvers/mutation/job-retry.ts';
import { requireNode } from '../resolvers/require.ts';
import { builder } from './builder.ts';
import { begin } from './mutation.ts';
import { JobRef } from './refs.ts';

const JobPayload = builder.objectRef<{ readonly jobId: string }>('JobPayload').implement({
  description: 'A job after a change.',
  fields: (t) => ({
    job: t.field({
      type: JobRef,
      description: 'The job as the commit left it.',
      resolve: ({ jobId }, _args, context) => requireNode(context.loaders.JOB, jobId),
    }),
  }),
});

builder.mutationField('retryJob', (t) =>
  t.field({
    role: 'operator',
    type: JobPayload,
    nullable: true,
    description:
      'Has a job that failed done again: the same job, which is NEW again and has no error. A guest that it is to create is PENDING again, one that it is to delete DELETING. INVALID_STATE unless the job is in ERROR, its guest is placed and has no unfinished job, and what it does makes sense in the state of the guest. A guest that may be there is not created again: `fetchImage` creates it where its agent does not know it. INVALID_STATE too for a job of another tool, such as "select-hypervisor".',
    args: { id: t.arg.id({ required: true, description: "The job's UUID, in any spelling." }) },
    resolve: (_root, args, context, info) => retryJob(begin(context, args, info), args),
  }),
);
