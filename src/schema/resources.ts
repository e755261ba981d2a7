import type { Resources } from '../store/entities/entity.ts';
import { builder } from './builder.ts';

export const ResourcesRef = builder.objectRef<Resources>('Resources').implement({
  description: 'What guests use up. Each may be any unsigned 64-bit number; one of 2^53 or more comes as a string.',
  fields: (t) => ({
    memory: t.expose('memory', { type: 'BigInt', description: 'Memory, in MB.' }),
    disk: t.expose('disk', { type: 'BigInt', description: 'Disk space, in MB.' }),
    cpu: t.expose('cpu', { type: 'BigInt', description: 'Virtual CPUs.' }),
  }),
});
