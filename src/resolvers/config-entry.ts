import type { Context } from '../context.ts';
import { badUserInput } from '../errors.ts';
import type { ConfigEntry } from '../store/entities/config-entry.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { allNodes } from './candidates.ts';
import type { Ordering } from './ordering.ts';
import type { PageArguments } from './page-window.ts';
import type { Page } from './pagination.ts';
import { pageOfSelection, select } from './selection.ts';

export interface ConfigListArguments extends PageArguments {
  readonly prefix: string;
}

const byKey: Ordering<ConfigEntry> = { field: 'KEY', direction: 'ASC', sortKeyOf: ({ key }) => key, idOf: ({ key }) => key };

export async function getConfigEntry(context: Context, key: string): Promise<ConfigEntry | null> {
  if (key === '') throw badUserInput('key', 'A config key has at least one character');
  return context.loaders.CONFIG.get(key);
}

export function listConfigEntries(context: Context, args: ConfigListArguments): MaybePromise<Page<ConfigEntry>> {
  const passes = ({ key }: ConfigEntry) => key.startsWith(args.prefix);
  return whenThere(allNodes(context, 'CONFIG'), (candidates) => pageOfSelection(select(candidates, [{ passes }]), byKey, args));
}
