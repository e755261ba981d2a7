import { createGuest } from '../resolvers/mutation/guest-create.ts';
import { builder } from './builder.ts';
import { GuestJobPayload } from './guest-job-payload.ts';
import { begin, createFields } from './mutation.ts';
import { PlacementStrategyEnum } from './placement.ts';

const CreateGuestInput = builder.inputType('CreateGuestInput', {
  description: 'A new guest.',
  fields: (t) => ({
    ...createFields(t),
    type: t.string({
      required: true,
      defaultValue: 'kvm',
      description: 'How it is run, such as "kvm" or "container": 1 to 64 characters.',
    }),
    flavorId: t.id({ required: true, description: 'The UUID of its size and image, in any spelling.' }),
    networkId: t.id({ required: true, description: 'The UUID of the network that it is connected to, in any spelling.' }),
    firewallGroupId: t.id({ description: 'The UUID of its firewall group; none when it is left out.' }),
    vlanGroupId: t.id({ description: 'The UUID of its VLAN group; none when it is left out.' }),
    mac: t.field({
      type: 'MACAddress',
      description: 'The hardware address of its network card; when it is left out, one that follows from its id.',
    }),
  }),
});

builder.mutationField('createGuest', (t) =>
  t.field({
    role: 'operator',
    type: GuestJobPayload,
    nullable: true,
    description:
      'Creates a guest and places it: its record, its address, its place on a hypervisor and its first job there are one commit. Where no hypervisor can get it that is NO_CANDIDATES, with how many failed which filter first, and there is no guest either; `placementReport` says more. ALREADY_EXISTS when a node of any kind has the id.',
    args: {
      input: t.arg({ type: CreateGuestInput, required: true, description: 'The new guest.' }),
      place: t.arg.boolean({
        required: true,
        defaultValue: true,
        description: 'Whether to place it; else it is there unplaced, without a job.',
      }),
      strategy: t.arg({
        type: PlacementStrategyEnum,
        required: true,
        defaultValue: 'RANDOM',
        description: 'Which of the hypervisors that can get it is to get it.',
      }),
    },
    resolve: (_root, args, context, info) => createGuest(begin(context, args, info), args),
  }),
);
