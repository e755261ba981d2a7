import type { z } from 'zod';
import { environmentPrefix, flagOf, type OptionName, optionText, optionValues, variableOf } from './option.ts';
import { noWords } from './value.ts';

/** What the caller said: flags by option, as text (a repeated one joined by commas), and the environment as it is. */
export interface Source {
  readonly flags: Readonly<Partial<Record<OptionName, string>>>;
  /** The process's own where absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What was found wrong before any value was looked at, such as an unknown flag. */
  readonly problems?: readonly string[];
}

/** The options that were given, each with its text and where it came from. */
export class Given {
  readonly #given = new Map<OptionName, { readonly text: string; readonly origin: 'flag' | 'environment' }>();

  constructor(names: readonly OptionName[], { flags, environment = process.env }: Source) {
    for (const name of names) {
      const flag = flags[name];
      const variable = environment[variableOf(name)] ?? '';
      if (flag !== undefined) this.#given.set(name, { text: flag, origin: 'flag' });
      else if (variable !== '' && !isSwitchedOff(name, variable))
        this.#given.set(name, { text: variable, origin: 'environment' });
    }
  }

  has(name: OptionName): boolean {
    return this.#given.has(name);
  }

  text(name: OptionName): string | undefined {
    return this.#given.get(name)?.text;
  }

  isFlag(name: OptionName): boolean {
    return this.#given.get(name)?.origin === 'flag';
  }

  /** The option as the caller wrote it: `--port`, or `LOCHNESS_PORT` when the environment has it. */
  label(name: OptionName): string {
    return this.has(name) && !this.isFlag(name) ? variableOf(name) : flagOf(name);
  }

  /**
   * Of options that exclude one another, a flag wins over the environment's: those are forgotten. Answers the ones that are left:
   * more than one is the caller's mistake.
   */
  settle(rivals: readonly OptionName[]): readonly OptionName[] {
    if (rivals.some((name) => this.isFlag(name))) this.forget(rivals.filter((name) => !this.isFlag(name)));
    return rivals.filter((name) => this.has(name));
  }

  forget(names: readonly OptionName[]): void {
    for (const name of names) this.#given.delete(name);
  }
}

/** `LOCHNESS_MEMORY=false` says the same as no such variable. */
function isSwitchedOff(name: OptionName, variable: string): boolean {
  return optionText(name).argument === null && noWords.includes(variable.toLowerCase());
}

export interface Parsing<Schema> {
  readonly schema: Schema;
  readonly given: Given;
  readonly fallbackOf: (name: OptionName) => string | undefined;
}

/** Parses what was given, with fallbacks for the rest. The problems are empty exactly when there are values. */
export function parseGiven<Schema extends z.ZodObject>({
  schema,
  given,
  fallbackOf,
}: Parsing<Schema>): { readonly values: z.output<Schema> | null; readonly problems: readonly string[] } {
  const names = optionValues.keyof().options.filter((name) => name in schema.shape);
  const texts = names.map((name) => [name, given.text(name) ?? fallbackOf(name)]);
  const parsed = schema.safeParse(Object.fromEntries(texts));
  if (parsed.success) return { values: parsed.data, problems: [] };
  const { issues } = parsed.error;
  const problems = names.flatMap((name) =>
    issues.filter(({ path }) => path[0] === name).map(({ message }) => `${given.label(name)}: ${message}`),
  );
  return { values: null, problems };
}

/** Variables that look like ours and that no option reads: misspelled, or meant for another version. */
export function unknownVariables({ environment = process.env }: Source): readonly string[] {
  const known = new Set(optionValues.keyof().options.map(variableOf));
  return Object.keys(environment).filter((variable) => variable.startsWith(environmentPrefix) && !known.has(variable));
}
