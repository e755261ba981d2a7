import {
  committedResourcesOfCluster,
  countAliveHypervisors,
  countGuests,
  countGuestsByState,
  countHypervisors,
  countNetworks,
  countSubnets,
  freeResourcesOfCluster,
  type GuestStateCount,
  storeStatus,
  totalResourcesOfCluster,
} from '../resolvers/cluster.ts';
import type { StoreStatus } from '../store/store.ts';
import { builder } from './builder.ts';
import { askWeight, costs } from './field-cost.ts';
import { GuestStateEnum } from './guest-state.ts';
import { ResourcesRef } from './resources.ts';

const StoreStatusRef = builder.objectRef<StoreStatus>('StoreStatus').implement({
  description: 'What the store that everything lies in says of itself now, also under `@at`.',
  fields: (t) => ({
    kind: t.exposeString('kind', { description: 'Which store it is: "etcd", or "embedded" for the one inside of the gateway.' }),
    version: t.exposeString('version', {
      nullable: true,
      description: 'The store\'s own version, such as "3.5.16"; null when it does not say.',
    }),
    healthy: t.exposeBoolean('healthy', { description: 'Whether it answers.' }),
    revision: t.expose('revision', {
      type: 'Revision',
      description: 'Its newest revision; when it does not answer, the newest one known.',
    }),
  }),
});

const GuestStateCountRef = builder.objectRef<GuestStateCount>('GuestStateCount').implement({
  description: 'How many guests are in one state.',
  fields: (t) => ({
    state: t.expose('state', { type: GuestStateEnum, description: 'The state.' }),
    count: t.exposeInt('count', { description: 'How many guests are in it; may be 0.' }),
  }),
});

/** Each field reads what it needs: a dashboard that asks for two counts does not pay for the others. */
const ClusterRef = builder.objectRef<object>('Cluster').implement({
  description: 'The whole cluster in numbers. Records that cannot be read do not count.',
  fields: (t) => ({
    hypervisorCount: t.int({
      description: 'Hypervisors, dead ones too.',
      resolve: (_cluster, _args, context) => countHypervisors(context),
    }),
    aliveHypervisorCount: t.int({
      description: 'Hypervisors whose heartbeat is there.',
      resolve: (_cluster, _args, context) => countAliveHypervisors(context),
    }),
    guestCount: t.int({ description: 'Guests, placed or not.', resolve: (_cluster, _args, context) => countGuests(context) }),
    guestCountByState: t.field({
      type: [GuestStateCountRef],
      extensions: costs({ size: 9 }),
      description: 'Guests by state: one entry for each state, those with 0 guests too, always in the same order.',
      resolve: (_cluster, _args, context) => countGuestsByState(context),
    }),
    networkCount: t.int({ description: 'Networks.', resolve: (_cluster, _args, context) => countNetworks(context) }),
    subnetCount: t.int({ description: 'Subnets.', resolve: (_cluster, _args, context) => countSubnets(context) }),
    totalResources: t.field({
      type: ResourcesRef,
      description: "The sum of all hypervisors' `totalResources`, dead ones too.",
      resolve: (_cluster, _args, context) => totalResourcesOfCluster(context),
    }),
    committedResources: t.field({
      type: ResourcesRef,
      description: "The sum of all hypervisors' `committedResources`, dead ones too.",
      resolve: (_cluster, _args, context) => committedResourcesOfCluster(context),
    }),
    freeResources: t.field({
      type: ResourcesRef,
      description:
        "The sum of all hypervisors' `freeResources`, dead and cordoned ones too. No single guest can get more than one hypervisor has.",
      resolve: (_cluster, _args, context) => freeResourcesOfCluster(context),
    }),
    store: t.field({
      type: StoreStatusRef,
      description: 'The store that everything lies in.',
      extensions: { isVolatile: true, ...costs({ weight: askWeight }) },
      resolve: (_cluster, _args, context) => storeStatus(context),
    }),
  }),
});

builder.queryField('cluster', (t) =>
  t.field({ type: ClusterRef, description: 'The whole cluster in numbers, for the top of a dashboard.', resolve: () => ({}) }),
);
