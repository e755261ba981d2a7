import { Command, CommanderError, Option } from 'commander';
import {
  type CommandName,
  flagOf,
  isRefused,
  type OptionName,
  optionsOf,
  optionText,
  type Source,
  shownDefaultOf,
  UsageError,
  variableOf,
} from '../config/index.ts';

/** What help says of a command. */
export interface CommandText {
  readonly summary: string;
  readonly operand?: { readonly name: string; readonly description: string };
}

/** A command that was called, and with what. Values and their problems are the configuration's. */
export interface Call {
  readonly name: CommandName;
  readonly source: Source;
  readonly operands: readonly string[];
}

export interface ProgramOptions {
  readonly commands: ReadonlyMap<CommandName, CommandText>;
  /** What help says of the first word of commands that have two. */
  readonly groups: ReadonlyMap<string, string>;
  readonly version: string;
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
}

/**
 * Reads a command line. Unknown flags and operands go along as problems, to be told with those of the values; null when help or the
 * version was asked for and has been printed. Fails with a UsageError where there is no command to go on with.
 */
export function parseCommandLine(argv: readonly string[], options: ProgramOptions): Call | null {
  try {
    return parse(argv, options);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    if (error.code === 'commander.help') throw new UsageError([noCommandMessage(argv, options)]);
    const message = error.message.replace(/^error: /, '').replace(/\s+/g, ' ');
    if (error.code !== 'commander.optionMissingArgument') throw new UsageError([message]);
    // Only a flag at the very end can lack its value. Without it, the rest is read for its own problems.
    const call = parseCommandLine(argv.slice(0, -1), options);
    return call === null ? null : withProblems(call, [`${argv.at(-1)}: its value is missing`]);
  }
}

function parse(argv: readonly string[], { commands, groups, version, writeOut, writeErr }: ProgramOptions): Call {
  const calls: Call[] = [];
  const program = new Command('lochness-gateway')
    .description('GraphQL gateway over the etcd keyspace of Lochness, a virtual machine manager')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut, writeErr, outputError: () => undefined });
  const parents = new Map<string, Command>();
  for (const [group, summary] of groups) {
    const parent = program.command(group).summary(summary).description(summary).helpCommand(false);
    parents.set(group, parent.version(version, '--version', 'print the version'));
  }
  for (const [name, text] of commands) {
    const words = name.split(' ');
    const command = (parents.get(words.slice(0, -1).join(' ')) ?? program)
      .command(words.slice(-1).join(''))
      .summary(text.summary)
      .description(text.summary)
      .version(version, '--version', 'print the version')
      .allowUnknownOption()
      .allowExcessArguments();
    if (text.operand !== undefined) command.argument(`[${text.operand.name}]`, text.operand.description);
    for (const option of optionsOf(name)) command.addOption(commanderOption(name, option));
    command.action(() => {
      calls.push(callOf({ name, text, command, argv }));
    });
  }
  program.parse(argv, { from: 'user' });
  const [call] = calls;
  if (call === undefined) throw new Error('A command line without a command was not refused');
  return call;
}

function noCommandMessage(argv: readonly string[], { commands, groups }: ProgramOptions): string {
  const [word = ''] = argv;
  if (!groups.has(word)) return 'no command was given';
  const following = [...commands.keys()].filter((name) => name.startsWith(`${word} `)).map((name) => name.slice(word.length + 1));
  return `${word}: it is followed by one of ${following.join(', ')}`;
}

function commanderOption(command: CommandName, name: OptionName): Option {
  const { argument, description, isRepeatable } = optionText(name);
  const shownDefault = shownDefaultOf(command, name);
  const hints = [`env: ${variableOf(name)}`, ...(shownDefault === undefined ? [] : [`default: ${shownDefault}`])];
  const flags = argument === null ? flagOf(name) : `${flagOf(name)} <${argument}>`;
  const option = new Option(flags, `${description} (${hints.join(', ')})`);
  // Commander would take "--no-jobs" for the opposite of an option "--jobs".
  option.negate = false;
  if (isRefused(command, name)) option.hideHelp();
  if (isRepeatable === true)
    option.argParser((text: string, before?: string) => (before === undefined ? text : `${before},${text}`));
  return option;
}

interface ParsedCommand {
  readonly name: CommandName;
  readonly text: CommandText;
  readonly command: Command;
  readonly argv: readonly string[];
}

function callOf({ name, text, command, argv }: ParsedCommand): Call {
  const flags: Partial<Record<OptionName, string>> = {};
  for (const option of optionsOf(name)) {
    const value: unknown = command.getOptionValue(option);
    if (value !== undefined) flags[option] = String(value);
  }
  const { unknownFlags, operands } = splitRest(command.args, argv);
  const call = { name, source: { flags }, operands };
  // What follows an unknown flag may be its value: whether it is one operand too many can't be known then.
  const excess = unknownFlags.length > 0 ? [] : operands.slice(text.operand === undefined ? 0 : 1);
  const isMissing = text.operand !== undefined && operands.length === 0 && unknownFlags.length === 0;
  return withProblems(call, [
    ...unknownFlags.map((flag) => `${shown(flag, flag)}: there is no such option`),
    ...excess.map((operand) => `${shown(operand, JSON.stringify(operand))}: nothing is expected here`),
    ...(isMissing ? [`${text.operand.name} is missing: ${text.operand.description}`] : []),
  ]);
}

/** The address that stands in the wrong place may have a password in it, and what was to be revoked may be a token. */
function shown(word: string, quoted: string): string {
  return /@|lgw_/.test(word) ? 'a word that is not repeated here' : quoted;
}

/** Commander leaves unknown flags and operands in one list. Behind a "--" everything is an operand. */
function splitRest(rest: readonly string[], argv: readonly string[]) {
  const dashes = argv.indexOf('--');
  const literal = dashes < 0 ? 0 : argv.length - dashes - 1;
  const before = rest.slice(0, rest.length - literal).filter((word) => word !== '--');
  return {
    unknownFlags: before.filter(isFlag),
    operands: [...before.filter((word) => !isFlag(word)), ...rest.slice(rest.length - literal)],
  };
}

function isFlag(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}

function withProblems(call: Call, problems: readonly string[]): Call {
  return { ...call, source: { ...call.source, problems: [...(call.source.problems ?? []), ...problems] } };
}
