import { type CommandName, type Source, UsageError } from '../config/index.ts';
import { messageOf } from '../errors.ts';
import { type Call, type CommandText, parseCommandLine } from './program.ts';
import { OutputClosedError, printMessage, type Terminal } from './terminal.ts';
import { packageVersion } from './version.ts';

const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  /** 128 + SIGPIPE, as a shell reports of any program whose reader has gone. */
  outputClosed: 141,
} as const;

/** What a command was called with. */
export interface Invocation {
  readonly source: Source;
  readonly operands: readonly string[];
  readonly terminal: Terminal;
}

interface CommandEntry extends CommandText {
  /** Loads what the command needs when it is called: `--help` needs none of it. */
  readonly load: () => Promise<(invocation: Invocation) => Promise<void>>;
}

const commands: ReadonlyMap<CommandName, CommandEntry> = new Map([
  ['serve', { summary: 'start the gateway', load: async () => (await import('./serve.ts')).serve }],
  [
    'demo',
    {
      summary: 'start the gateway with a sample cluster, in memory unless --data-dir is given',
      load: async () => (await import('./demo.ts')).demo,
    },
  ],
  [
    'simulate',
    {
      summary: 'run simulated hypervisors for a gateway on this machine, in any store',
      load: async () => (await import('./simulate.ts')).simulate,
    },
  ],
  ['schema', { summary: 'print the GraphQL schema', load: async () => (await import('./schema.ts')).schema }],
  [
    'import',
    {
      summary: 'write a .jsonl file, as export prints it, into a store',
      operand: { name: 'FILE', description: 'the file to import, "-" for standard input' },
      load: async () => (await import('./import.ts')).importFile,
    },
  ],
  [
    'export',
    {
      summary: 'print all keys of a store as .jsonl, at one revision',
      load: async () => (await import('./export.ts')).exportPrefix,
    },
  ],
  [
    'token create',
    {
      summary: 'make an API token and print it, this once',
      load: async () => (await import('./token-create.ts')).tokenCreate,
    },
  ],
  [
    'token list',
    { summary: 'print who has API tokens, and their ids', load: async () => (await import('./token-list.ts')).tokenList },
  ],
  [
    'token revoke',
    {
      summary: 'make an API token worthless, at once and on every gateway',
      operand: { name: 'ID', description: 'the id of the token, as list prints it, or the token itself' },
      load: async () => (await import('./token-revoke.ts')).tokenRevoke,
    },
  ],
]);

const groups = new Map([['token', 'make, list or revoke API tokens']]);

/** Runs a command line to its end, and answers the exit code. Whatever goes wrong is told on standard error here, and only here. */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  let call: Call | null = null;
  try {
    call = parseCommandLine(argv, {
      commands,
      groups,
      version: packageVersion(),
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    });
    if (call === null) return exitCodes.done;
    const run = await commands.get(call.name)?.load();
    await run?.({ source: call.source, operands: call.operands, terminal });
    return exitCodes.done;
  } catch (error) {
    if (error instanceof OutputClosedError) return exitCodes.outputClosed;
    if (error instanceof UsageError) {
      printMessage(terminal, usageMessage(call?.name, error.problems));
      return exitCodes.usage;
    }
    printMessage(terminal, messageOf(error));
    return exitCodes.failed;
  }
}

function usageMessage(name: CommandName | undefined, problems: readonly string[]): string {
  const list = problems.length === 1 ? problems.join('') : [`${problems.length} problems`, ...problems].join('\n  ');
  return `${list}\nSee: lochness-gateway ${name === undefined ? '' : `${name} `}--help`;
}
