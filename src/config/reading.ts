import type { z } from 'zod';
import { type CommandName, type commandOptions, fallbackOf, optionsOf } from './command-option.ts';
import { Given, parseGiven, type Source, unknownVariables } from './given.ts';
import { checkStoreFiles, settleStores } from './store-config.ts';
import { UsageError } from './usage-error.ts';

/** What every command that opens a store has beside it. */
export interface CommonConfig {
  readonly prefix: string;
  readonly logLevel: CommonValues['logLevel'];
  /** What the operator should know, but what stops nothing. */
  readonly warnings: readonly string[];
}

export type CommonValues = z.output<typeof commandOptions.export>;

interface Reading<Schema> {
  readonly command: CommandName;
  readonly schema: Schema;
  readonly source: Source;
  /** Settles what excludes one another, and answers the problems between options. */
  readonly check: (given: Given) => readonly string[];
}

/** The values of a command's options; fails with a UsageError that has all problems, but those in files only where each value is one. */
export function read<Schema extends z.ZodObject>({ command, schema, source, check }: Reading<Schema>): z.output<Schema> {
  const given = new Given(optionsOf(command), source);
  const between = [...(source.problems ?? []), ...check(given)];
  const { values, problems } = parseGiven({ schema, given, fallbackOf: (name) => fallbackOf(command, name) });
  if (values === null) throw new UsageError([...between, ...problems]);
  const found = [...between, ...checkStoreFiles(given, values)];
  if (found.length > 0) throw new UsageError(found);
  return values;
}

export function commonConfig({ prefix, logLevel }: Pick<CommonValues, 'prefix' | 'logLevel'>, source: Source): CommonConfig {
  const warnings = unknownVariables(source).map((variable) => `${variable} is set, but no option reads it`);
  return { prefix, logLevel, warnings };
}

export function refuseMemory(given: Given): readonly string[] {
  if (!settleStores(given).includes('memory')) return [];
  return [
    `${given.label('memory')}: a store in memory is empty when a command begins and gone when it ends; give --data-dir or --etcd`,
  ];
}

export function deepFreeze<Value extends object>(value: Value): Readonly<Value> {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
