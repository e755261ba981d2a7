import type { Context } from '../context.ts';
import type { StringMap } from '../store/entities/entity.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { subkeys } from '../store/keys.ts';
import { getBelow, listBelow, textOfValue } from './below.ts';

/** Texts by key; a key may contain slashes. */
export async function hypervisorConfig(context: Context, hypervisor: Hypervisor): Promise<StringMap> {
  const entries = await listBelow(context, hypervisor, subkeys.config);
  // fromEntries makes `__proto__` a key like any other.
  return Object.fromEntries(entries.map(({ name, entry }) => [name, textOfValue(entry)]));
}

/** The config key that cordons a hypervisor, and the one value that does. */
export const schedulableKey = `${subkeys.config}schedulable`;
export const cordoned = 'false';

export async function isSchedulable(context: Context, hypervisor: Hypervisor): Promise<boolean> {
  const entry = await getBelow(context, hypervisor, schedulableKey);
  return entry === null || textOfValue(entry) !== cordoned;
}
