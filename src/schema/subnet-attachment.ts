import type { SubnetAttachment } from '../resolvers/subnet-attachment.ts';
import { builder } from './builder.ts';
import { connectionOf } from './pagination.ts';
import { HypervisorRef, SubnetRef } from './refs.ts';

const SubnetAttachmentRef = builder.objectRef<SubnetAttachment>('SubnetAttachment').implement({
  description:
    'A subnet on a hypervisor: guests with an address of the one can run on the other. Either may be gone while the attachment is still there.',
  fields: (t) => ({
    subnetId: t.exposeID('subnetId', { description: "The subnet's id, also when there is no such subnet." }),
    subnet: t.field({
      type: SubnetRef,
      nullable: true,
      description: 'The subnet; null when it is gone.',
      resolve: ({ subnetId }, _args, context) => context.loaders.SUBNET.follow(subnetId),
    }),
    hypervisorId: t.exposeID('hypervisorId', { description: "The hypervisor's id, also when there is no such hypervisor." }),
    hypervisor: t.field({
      type: HypervisorRef,
      nullable: true,
      description: 'The hypervisor; null when it is gone.',
      resolve: ({ hypervisorId }, _args, context) => context.loaders.HYPERVISOR.follow(hypervisorId),
    }),
    bridge: t.exposeString('bridge', {
      description:
        'The network bridge on the hypervisor that guests of this subnet are connected to, such as "br0"; may be empty.',
    }),
  }),
});

export const SubnetAttachmentConnection = connectionOf({
  name: 'SubnetAttachment',
  things: 'attachments of subnets to hypervisors',
  node: SubnetAttachmentRef,
});
