import { nameOf } from '../resolvers/filter.ts';
import { nodeOfEvent, readable } from '../resolvers/subscription/event-node.ts';
import { type GuestEvent, subscribeToGuests } from '../resolvers/subscription/guest.ts';
import { type GuestStateEvent, subscribeToGuestStates } from '../resolvers/subscription/guest-state.ts';
import type { Guest } from '../store/entities/guest.ts';
import { builder } from './builder.ts';
import { guestFilterArgument } from './guest-argument.ts';
import { GuestStateEnum } from './guest-state.ts';
import { GuestRef } from './refs.ts';
import { afterArgument, ChangeTypeEnum, eventFields } from './subscription.ts';

const GuestVersionRef = builder.objectRef<Guest>('GuestVersion').implement({
  description: 'A guest as it was before a change. It has no `id`, so that a cache of the client keeps it apart from the guest.',
  fields: (t) => ({
    revision: t.expose('revision', { type: 'Revision', description: 'The revision of its record then.' }),
    metadata: t.expose('metadata', { type: 'StringMap', description: 'Free texts by key.' }),
    name: t.string({ nullable: true, description: 'The `name` of the metadata; null when it had none.', resolve: nameOf }),
    type: t.exposeString('type', { description: 'How it was run, such as "kvm".' }),
    state: t.expose('state', { type: GuestStateEnum, description: 'What it was doing.' }),
    flavorId: t.exposeID('flavorId', { description: 'The id of its flavor.' }),
    networkId: t.exposeID('networkId', { description: 'The id of its network.' }),
    hypervisorId: t.exposeID('hypervisorId', { nullable: true, description: 'Where it ran; null: it was unplaced.' }),
    subnetId: t.exposeID('subnetId', { nullable: true, description: 'The subnet of its address; null: it was unplaced.' }),
    firewallGroupId: t.exposeID('firewallGroupId', { nullable: true, description: 'Its firewall group; null: it had none.' }),
    vlanGroupId: t.exposeID('vlanGroupId', { nullable: true, description: 'Its VLAN group; null: it had none.' }),
    mac: t.expose('mac', { type: 'MACAddress', nullable: true, description: 'Its hardware address; null: it had none.' }),
    ip: t.expose('ip', { type: 'IPAddress', nullable: true, description: 'Its address; null: it had none.' }),
    bridge: t.exposeString('bridge', { nullable: true, description: 'The bridge it was connected to; null: it had none.' }),
  }),
});

const GuestEventRef = builder.objectRef<GuestEvent>('GuestEvent').implement({
  description: 'A change of a guest: of its record, its state, its jobs or its reservation.',
  fields: (t) => ({
    type: t.expose('type', { type: ChangeTypeEnum, description: 'What happened.' }),
    guestId: t.exposeID('name', { description: 'The id of the guest.' }),
    guest: t.field({
      type: GuestRef,
      nullable: true,
      description: 'The guest as the change left it; null for DELETED.',
      resolve: (event, _args, context) => nodeOfEvent(context, event),
    }),
    previous: t.field({
      type: GuestVersionRef,
      nullable: true,
      description: 'The guest before the change; null for CREATED, and when its record could not be read.',
      resolve: ({ before }) => readable(before),
    }),
    ...eventFields(t),
  }),
});

const GuestStateEventRef = builder.objectRef<GuestStateEvent>('GuestStateEvent').implement({
  description: "A guest's state became another one.",
  fields: (t) => ({
    guestId: t.exposeID('name', { description: 'The id of the guest.' }),
    guest: t.field({
      type: GuestRef,
      nullable: true,
      description: 'The guest as the change left it; null when it was deleted.',
      resolve: (event, _args, context) => nodeOfEvent(context, event),
    }),
    from: t.expose('from', { type: GuestStateEnum, nullable: true, description: 'Its state before; null: it was created.' }),
    to: t.expose('to', { type: GuestStateEnum, nullable: true, description: 'Its state now; null: it was deleted.' }),
    ...eventFields(t),
  }),
});

builder.subscriptionFields((t) => ({
  guestChanged: t.field({
    type: GuestEventRef,
    description:
      'The changes of guests. The filter looks at both versions: a guest that it no longer finds is told of once more.',
    args: { ...guestFilterArgument(t.arg), ...afterArgument(t.arg) },
    subscribe: (_root, args, context) => subscribeToGuests(context, args),
    resolve: (event) => event,
  }),
  guestStateChanged: t.field({
    type: GuestStateEventRef,
    description: 'The changes of state of guests. The filter looks at both versions, as for `guestChanged`.',
    args: { ...guestFilterArgument(t.arg), ...afterArgument(t.arg) },
    subscribe: (_root, args, context) => subscribeToGuestStates(context, args),
    resolve: (event) => event,
  }),
}));
