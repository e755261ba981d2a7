import { builder } from './builder.ts';

export const ResourcesInput = builder.inputType('ResourcesInput', {
  description: 'All three numbers: to change one of them, give the others as they are.',
  fields: (t) => ({
    memory: t.field({ type: 'BigInt', required: true, description: 'Memory, in MB: from 0 to 2^64 - 1.' }),
    disk: t.field({ type: 'BigInt', required: true, description: 'Disk space, in MB: from 0 to 2^64 - 1.' }),
    cpu: t.field({ type: 'BigInt', required: true, description: 'Virtual CPUs: from 0 to 2^32 - 1.' }),
  }),
});
