import type { GuestAction } from '../resolvers/job-action.ts';
import { fetchImage, guestAction } from '../resolvers/mutation/guest-action.ts';
import { builder } from './builder.ts';
import { GuestJobPayload } from './guest-job-payload.ts';
import { begin } from './mutation.ts';

const values = {
  START: { value: 'start', description: 'Starts it, or lets it go on where it was suspended.' },
  SHUTDOWN: { value: 'shutdown', description: 'Asks its operating system to shut down, and waits for that.' },
  REBOOT: { value: 'reboot', description: 'Asks its operating system to start anew.' },
  RESTART: { value: 'restart', description: 'Resets it at once, whatever it is doing, as a button on its case would.' },
  POWEROFF: { value: 'poweroff', description: 'Switches it off at once: what it has not written yet is lost.' },
  SUSPEND: { value: 'suspend', description: 'Pauses it; START lets it go on where it was.' },
} as const satisfies Record<Uppercase<GuestAction>, { value: GuestAction; description: string }>;

const GuestActionEnum = builder.enumType('GuestAction', { description: 'What can be done to a guest that is there.', values });

builder.mutationFields((t) => ({
  guestAction: t.field({
    role: 'operator',
    type: GuestJobPayload,
    nullable: true,
    description:
      'Has something done to a guest on its hypervisor, by a job that waits for those that the guest has already: `jobChanged` tells how it goes, and the guest gets its new state when it is done. INVALID_STATE for any action on a guest that is UNPLACED, PENDING, CREATING or DELETING, and for SHUTDOWN, REBOOT and SUSPEND on one that is STOPPED; what counts is the state that it will have after the jobs that wait.',
    args: {
      guestId: t.arg.id({ required: true, description: "The guest's UUID, in any spelling." }),
      action: t.arg({ type: GuestActionEnum, required: true, description: 'What is to be done to it.' }),
    },
    resolve: (_root, args, context, info) => guestAction(begin(context, args, info), args),
  }),
  fetchImage: t.field({
    role: 'operator',
    type: GuestJobPayload,
    nullable: true,
    description:
      "Has a job fetch the image of a guest's flavor to its hypervisor. Where the agent there does not know the guest, the job goes on and creates it there. INVALID_STATE for a guest that is UNPLACED or DELETING, and for one that is PENDING or CREATING: its image is being fetched already.",
    args: { guestId: t.arg.id({ required: true, description: "The guest's UUID, in any spelling." }) },
    resolve: (_root, args, context, info) => fetchImage(begin(context, args, info), args),
  }),
}));
