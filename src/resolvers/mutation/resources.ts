import { badUserInput } from '../../errors.ts';
import type { Resources } from '../../store/entities/entity.ts';

/** What the Go tools keep each number in. */
const largest: Resources = { memory: 2n ** 64n - 1n, disk: 2n ** 64n - 1n, cpu: 2n ** 32n - 1n };

/** Resources that a record can hold: unsigned 64-bit memory and disk, and unsigned 32-bit cpu. */
export function resourcesOf({ memory, disk, cpu }: Resources): Resources {
  return { memory: unsignedOf('memory', memory), disk: unsignedOf('disk', disk), cpu: unsignedOf('cpu', cpu) };
}

function unsignedOf(field: keyof Resources, number: bigint): bigint {
  if (number < 0n || number > largest[field]) {
    throw badUserInput(field, `${field} is ${number}: it must be a whole number from 0 to ${largest[field]}`);
  }
  return number;
}

export function isSameResources(a: Resources, b: Resources): boolean {
  return a.memory === b.memory && a.disk === b.disk && a.cpu === b.cpu;
}
