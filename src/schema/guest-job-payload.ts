import { requireNode } from '../resolvers/require.ts';
import { builder } from './builder.ts';
import { GuestRef, JobRef } from './refs.ts';

export const GuestJobPayload = builder
  .objectRef<{ readonly guestId: string; readonly jobId: string | null }>('GuestJobPayload')
  .implement({
    description: 'A guest after a change, and the job that does the rest on its hypervisor.',
    fields: (t) => ({
      guest: t.field({
        type: GuestRef,
        description: 'The guest as the commit left it.',
        resolve: ({ guestId }, _args, context) => requireNode(context.loaders.GUEST, guestId),
      }),
      job: t.field({
        type: JobRef,
        nullable: true,
        description: 'The job that the commit made; null when there is nothing to do, as for a guest that is created unplaced.',
        resolve: ({ jobId }, _args, context) => context.loaders.JOB.follow(jobId),
      }),
    }),
  });
