import { deleteGuest } from '../resolvers/mutation/guest-delete.ts';
import type { DeletedGuest } from '../resolvers/mutation/guest-removal.ts';
import { builder } from './builder.ts';
import { begin, ifRevisionArgument } from './mutation.ts';
import { GuestRef, JobRef } from './refs.ts';

const DeleteGuestPayload = builder.objectRef<DeletedGuest>('DeleteGuestPayload').implement({
  description: 'A guest that is gone, or the job that deletes it.',
  fields: (t) => ({
    deletedId: t.exposeID('deletedId', {
      nullable: true,
      description: 'Its id when it is gone; null while a job is to delete it.',
    }),
    guest: t.field({
      type: GuestRef,
      nullable: true,
      description: 'The guest, which is DELETING; null when it is gone.',
      resolve: ({ guestId }, _args, context) => context.loaders.GUEST.follow(guestId),
    }),
    job: t.field({
      type: JobRef,
      nullable: true,
      description: 'The job that deletes it on its hypervisor, and then its record; null when it is gone at once.',
      resolve: ({ jobId }, _args, context) => context.loaders.JOB.follow(jobId),
    }),
  }),
});

builder.mutationFields((t) => ({
  deleteGuest: t.field({
    role: 'operator',
    type: DeleteGuestPayload,
    nullable: true,
    description:
      'Deletes a guest, and frees what it holds. One that is unplaced, or whose hypervisor is gone, goes at once; of another one a job deletes what runs first, and asking again answers with the same job until that failed. Where another tool left links to a guest that is gone, these go.',
    args: {
      id: t.arg.id({ required: true, description: "The guest's UUID, in any spelling." }),
      ifRevision: ifRevisionArgument(t.arg),
    },
    resolve: (_root, args, context, info) => deleteGuest(begin(context, args, info), args),
  }),
}));
