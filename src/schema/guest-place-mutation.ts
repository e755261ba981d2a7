import { type PlacedGuestResult, placeGuest } from '../resolvers/mutation/guest-place.ts';
import { requireNode } from '../resolvers/require.ts';
import { builder } from './builder.ts';
import { begin } from './mutation.ts';
import { PlacementStrategyEnum } from './placement.ts';
import { GuestRef, HypervisorRef, JobRef, SubnetRef } from './refs.ts';

const PlacementPayload = builder.objectRef<PlacedGuestResult>('PlacementPayload').implement({
  description: 'Where a guest was placed, or would be.',
  fields: (t) => ({
    guest: t.field({
      type: GuestRef,
      description: 'The guest as it is stored: after a dry run it is still unplaced.',
      resolve: ({ guestId }, _args, context) => requireNode(context.loaders.GUEST, guestId),
    }),
    hypervisor: t.field({
      type: HypervisorRef,
      description: 'The hypervisor that it got, or would get.',
      resolve: ({ hypervisorId }, _args, context) => requireNode(context.loaders.HYPERVISOR, hypervisorId),
    }),
    subnet: t.field({
      type: SubnetRef,
      description: 'The subnet of its address.',
      resolve: ({ subnetId }, _args, context) => requireNode(context.loaders.SUBNET, subnetId),
    }),
    ip: t.expose('ip', {
      type: 'IPAddress',
      description: 'Its address. After a dry run nobody holds it: placing the guest may get it another one.',
    }),
    committed: t.exposeBoolean('committed', { description: 'Whether the guest was placed: false after a dry run.' }),
    job: t.field({
      type: JobRef,
      nullable: true,
      description: 'Its first job there: `fetch` of its image, which then goes on to `create` it. Null after a dry run.',
      resolve: ({ jobId }, _args, context) => context.loaders.JOB.follow(jobId),
    }),
  }),
});

builder.mutationField('placeGuest', (t) =>
  t.field({
    role: 'operator',
    type: PlacementPayload,
    nullable: true,
    description:
      'Gives an unplaced guest a hypervisor, a subnet and an address, and writes its first job there. A reserved address is taken. INVALID_STATE when it is placed already; NO_CANDIDATES when no hypervisor can get it, or the given one can not, with how many hypervisors failed which filter first; of a given one, each filter that it failed.',
    args: {
      guestId: t.arg.id({ required: true, description: "The guest's UUID, in any spelling." }),
      hypervisorId: t.arg.id({
        description:
          'The UUID of the hypervisor that is to get it. The same filters decide whether it can; the strategy does not matter.',
      }),
      strategy: t.arg({
        type: PlacementStrategyEnum,
        required: true,
        defaultValue: 'RANDOM',
        description: 'Which of the hypervisors that can get it is to get it.',
      }),
      dryRun: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'Decides in the same way, and changes nothing.',
      }),
    },
    resolve: (_root, args, context, info) => placeGuest(begin(context, args, info), args),
  }),
);
