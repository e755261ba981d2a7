import type { RecordFields, RecordReader } from '../codec.ts';
import type { Resources } from './entity.ts';

/** The three numbers that a flavor holds itself and a hypervisor holds in records of their own. */
export function decodeResources(fields: RecordReader): Resources {
  return { memory: fields.unsigned('memory', 64), disk: fields.unsigned('disk', 64), cpu: fields.unsigned('cpu', 32) };
}

export function resourceFields({ memory, disk, cpu }: Resources): RecordFields {
  return { memory, disk, cpu };
}
