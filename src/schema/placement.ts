import type { PlacementFilter, PlacementReason } from '../resolvers/placement/filter.ts';
import {
  type PlacementCandidate,
  type PlacementRejection,
  type PlacementReport,
  placementReport,
} from '../resolvers/placement/report.ts';
import type { PlacementStrategy } from '../resolvers/placement/strategy.ts';
import { builder } from './builder.ts';
import { costs, placementWeight } from './field-cost.ts';
import { HypervisorRef, SubnetRef } from './refs.ts';
import { ResourcesRef } from './resources.ts';

export const PlacementStrategyEnum = builder.enumType('PlacementStrategy', {
  description:
    'Which of the hypervisors that can get a guest is to get it. In a large cluster one that was registered less than half a minute ago may be passed over while there are others.',
  values: {
    RANDOM: { description: 'Any of them. The fastest one, since not all of them have to be looked at.' },
    SPREAD: {
      description:
        'The one with the most free memory; of several the one with the lowest id. While others place guests at the same time it may be one of the next, so that they are not in the way of each other.',
    },
    PACK: { description: 'The one with the least free memory that is enough; of several the one with the lowest id.' },
  } as const satisfies Record<PlacementStrategy, { description: string }>,
});

const PlacementFilterEnum = builder.enumType('PlacementFilter', {
  description: 'What a hypervisor must pass to get a guest, in this order.',
  values: {
    ALIVE: { description: 'Its heartbeat is there.' },
    SCHEDULABLE: { description: 'It is not cordoned.' },
    SUBNET: { description: "It has a subnet of the guest's network; of a guest with a reserved address, the subnet of that." },
    ADDRESS: { description: 'One of these subnets has a free address. Not asked where there is no subnet.' },
    MEMORY: { description: 'Its free memory is enough.' },
    DISK: { description: 'Its free disk space is enough.' },
    CPU: { description: 'It has as many virtual CPUs. They are shared: what other guests have is not taken off.' },
  } as const satisfies Record<PlacementFilter, { description: string }>,
});

const PlacementReasonRef = builder.objectRef<PlacementReason>('PlacementReason').implement({
  description: 'A filter that a hypervisor failed.',
  fields: (t) => ({
    filter: t.expose('filter', { type: PlacementFilterEnum, description: 'The filter.' }),
    message: t.exposeString('message', {
      description: 'Why, as a clause about the hypervisor, such as "needs 4096 MB of memory, has 2048 of 65536 MB free".',
    }),
    needed: t.expose('needed', {
      type: 'BigInt',
      nullable: true,
      description: 'How much the guest needs: MB, virtual CPUs, or addresses; null where nothing is counted.',
    }),
    available: t.expose('available', {
      type: 'BigInt',
      nullable: true,
      description: 'How much of it there is for the guest; null where nothing is counted.',
    }),
  }),
});

const PlacementCandidateRef = builder.objectRef<PlacementCandidate>('PlacementCandidate').implement({
  description: 'A hypervisor that can get the guest.',
  fields: (t) => ({
    hypervisor: t.expose('hypervisor', { type: HypervisorRef, description: 'The hypervisor.' }),
    rank: t.exposeInt('rank', { description: "Its place in the strategy's order, from 1: the first choice." }),
    subnets: t.expose('subnets', {
      type: [SubnetRef],
      extensions: costs({ size: 10 }),
      description: 'Those of its subnets that have an address for the guest.',
    }),
    freeResources: t.expose('freeResources', {
      type: ResourcesRef,
      description: 'What it has left, before the guest takes its part.',
    }),
  }),
});

const PlacementRejectionRef = builder.objectRef<PlacementRejection>('PlacementRejection').implement({
  description: 'A hypervisor that cannot get the guest.',
  fields: (t) => ({
    hypervisor: t.expose('hypervisor', { type: HypervisorRef, description: 'The hypervisor.' }),
    filter: t.expose('filter', { type: PlacementFilterEnum, description: 'The first filter that it failed.' }),
    reasons: t.expose('reasons', {
      type: [PlacementReasonRef],
      extensions: costs({ size: 2 }),
      description: 'All filters that it failed, in their order.',
    }),
  }),
});

const PlacementReportRef = builder.objectRef<PlacementReport>('PlacementReport').implement({
  description: 'Where a guest could be placed, and why not elsewhere. Each hypervisor is in one of the two lists.',
  fields: (t) => ({
    candidates: t.expose('candidates', {
      type: [PlacementCandidateRef],
      extensions: costs({ size: 100 }),
      description: 'The hypervisors that can get it, in the order of the strategy.',
    }),
    rejected: t.expose('rejected', {
      type: [PlacementRejectionRef],
      extensions: costs({ size: 100 }),
      description: 'The hypervisors that cannot, by id.',
    }),
  }),
});

const PlacementSpecInput = builder.inputType('PlacementSpec', {
  description: 'A guest that does not exist.',
  fields: (t) => ({
    flavorId: t.id({ required: true, description: 'The UUID of its flavor, in any spelling.' }),
    networkId: t.id({ required: true, description: 'The UUID of its network, in any spelling.' }),
  }),
});

const PlacementSubjectInput = builder.inputType('PlacementSubject', {
  description: 'What is to be placed: an existing guest, or one that might be created.',
  isOneOf: true,
  fields: (t) => ({
    guestId: t.id({
      description:
        "The UUID of a guest, in any spelling. With a reserved address it can only get that. One that is placed already is judged as one that is to be placed anew: what it has now counts as another guest's.",
    }),
    spec: t.field({ type: PlacementSpecInput, description: 'What such a guest would need.' }),
  }),
});

builder.queryField('placementReport', (t) =>
  t.field({
    type: PlacementReportRef,
    description:
      'Where a guest could be placed now, in which order, and why not elsewhere. It changes nothing. NOT_FOUND when the guest, the flavor or the network is not there.',
    args: {
      for: t.arg({ type: PlacementSubjectInput, required: true, description: 'What is to be placed.' }),
      strategy: t.arg({
        type: PlacementStrategyEnum,
        required: true,
        defaultValue: 'SPREAD',
        description: 'What to order the candidates by.',
      }),
    },
    extensions: { isVolatile: true, ...costs({ weight: placementWeight }) },
    resolve: (_root, args, context) => placementReport(context, args),
  }),
);
