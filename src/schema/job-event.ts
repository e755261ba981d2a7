import { nodeOfEvent } from '../resolvers/subscription/event-node.ts';
import { type JobEvent, subscribeToJobs } from '../resolvers/subscription/job.ts';
import { builder } from './builder.ts';
import { jobFilterArgument } from './job.ts';
import { JobRef } from './refs.ts';
import { afterArgument, ChangeTypeEnum, eventFields } from './subscription.ts';

const JobEventRef = builder.objectRef<JobEvent>('JobEvent').implement({
  description: 'A change of a job: it was made, went on, ended or was removed.',
  fields: (t) => ({
    type: t.expose('type', { type: ChangeTypeEnum, description: 'What happened.' }),
    jobId: t.exposeID('name', { description: 'The id of the job.' }),
    job: t.field({
      type: JobRef,
      nullable: true,
      description: 'The job as the change left it; null for DELETED.',
      resolve: (event, _args, context) => nodeOfEvent(context, event),
    }),
    ...eventFields(t),
  }),
});

builder.subscriptionFields((t) => ({
  jobChanged: t.field({
    type: JobEventRef,
    description: 'The changes of jobs. The filter looks at both versions: a job that it no longer finds is told of once more.',
    args: { ...jobFilterArgument(t.arg), ...afterArgument(t.arg) },
    subscribe: (_root, args, context) => subscribeToJobs(context, args),
    resolve: (event) => event,
  }),
}));
