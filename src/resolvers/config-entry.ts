import type { Context } from '../context.ts';
import { badUserInput } from '../errors.ts';
import type { ConfigEntry } from '../store/entities/config-entry.ts';
import type { Ordering } from './ordering.ts';
import { type Page, type PageArguments, pageOf } from './pagination.ts';

export interface ConfigListArguments extends PageArguments {
  readonly prefix: string;
}

const byKey: Ordering<ConfigEntry> = { field: 'KEY', direction: 'ASC', sortKeyOf: ({ key }) => key, idOf: ({ key }) => key };

export async function getConfigEntry(context: Context, key: string): Promise<ConfigEntry | null> {
  if (key === '') throw badUserInput('key', 'A config key has at least one character');
  return context.loaders.CONFIG.get(key);
}

export async function listConfigEntries(context: Context, args: ConfigListArguments): Promise<Page<ConfigEntry>> {
  const { all } = await context.loaders.CONFIG.list();
  return pageOf(
    all.filter(({ key }) => key.startsWith(args.prefix)),
    byKey,
    args,
  );
}
