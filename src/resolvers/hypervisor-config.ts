import type { Context } from '../context.ts';
import type { StringMap } from '../store/entities/entity.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import { subkeys } from '../store/keys.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { getBelow, listBelow, textOfValue } from './below.ts';

/** Texts by key; a key may contain slashes. */
export function hypervisorConfig(context: Context, hypervisor: Hypervisor): MaybePromise<StringMap> {
  return whenThere(listBelow(context, hypervisor, subkeys.config), (entries) =>
    // fromEntries makes `__proto__` a key like any other.
    Object.fromEntries(entries.map(({ name, entry }) => [name, textOfValue(entry)])),
  );
}

/** The config key that cordons a hypervisor, and the one value that does. */
export const schedulableKey = `${subkeys.config}schedulable`;
export const cordoned = 'false';

export function isSchedulable(context: Context, hypervisor: Hypervisor): MaybePromise<boolean> {
  return whenThere(getBelow(context, hypervisor, schedulableKey), (entry) => entry === null || textOfValue(entry) !== cordoned);
}
