import type { GuestState } from '../store/entities/guest.ts';
import { builder } from './builder.ts';

const values = {
  UNPLACED: { description: 'No hypervisor has it.' },
  PENDING: { description: 'It was placed, and the job that creates it there has not begun.' },
  CREATING: { description: 'Its image is being fetched, or it is being created on its hypervisor.' },
  RUNNING: { description: 'It runs.' },
  STOPPED: { description: 'It exists on its hypervisor and does not run.' },
  SUSPENDED: { description: 'It is paused, and goes on where it was when it is started.' },
  DELETING: { description: 'The job that deletes it waits or is at work.' },
  ERROR: { description: 'Creating it failed, or it crashed.' },
  UNKNOWN: { description: 'It is placed, and nobody has recorded its state yet.' },
} as const satisfies Record<GuestState, { description: string }>;

export const GuestStateEnum = builder.enumType('GuestState', { description: 'What a guest is doing.', values });
