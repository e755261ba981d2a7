import type { z } from 'zod';
import { commandOptions } from './command-option.ts';
import type { Given, Source } from './given.ts';
import type { optionValues } from './option.ts';
import { type CommonConfig, commonConfig, deepFreeze, read, refuseMemory } from './reading.ts';
import { checkStoreOptions, chosenStore, defaultStore, type SharedStoreConfig } from './store-config.ts';

/** Of `token list` and `token revoke`. */
export interface TokenConfig extends CommonConfig {
  readonly store: SharedStoreConfig;
}

export interface TokenCreateConfig extends TokenConfig {
  readonly name: string;
  readonly role: NonNullable<z.output<typeof optionValues>['role']>;
  /** Null for all roles but agent. */
  readonly hypervisorId: string | null;
  /** Null: it never expires. */
  readonly expiresDays: number | null;
}

export function readTokenCreateConfig(source: Source): TokenCreateConfig {
  const check = (given: Given) => [...checkToken(given), ...checkStore(given)];
  const values = read({ command: 'token create', schema: commandOptions['token create'], source, check });
  const { name = '', role = 'viewer', hypervisor: hypervisorId = null, expiresDays = null } = values;
  const store = chosenStore(values) ?? defaultStore();
  return deepFreeze({ ...commonConfig(values, source), store, name, role, hypervisorId, expiresDays });
}

export function readTokenConfig(command: 'token list' | 'token revoke', source: Source): TokenConfig {
  const values = read({ command, schema: commandOptions[command], source, check: checkStore });
  return deepFreeze({ ...commonConfig(values, source), store: chosenStore(values) ?? defaultStore() });
}

function checkStore(given: Given): readonly string[] {
  return [...refuseMemory(given), ...checkStoreOptions(given)];
}

function checkToken(given: Given): string[] {
  const missing = (['name', 'role'] as const).filter((option) => !given.has(option));
  const isAgent = given.text('role') === 'agent';
  const hypervisor = given.label('hypervisor');
  return [
    ...missing.map((option) => `${given.label(option)}: it is missing`),
    ...(isAgent && !given.has('hypervisor') ? [`${given.label('role')}: agent needs ${hypervisor} too`] : []),
    ...(!isAgent && given.has('role') && given.has('hypervisor') ? [`${hypervisor}: it is for the role agent only`] : []),
  ];
}
