import { isRefused, optionsOf } from './command-option.ts';
import { flagOf, type OptionName, optionText, variableOf } from './option.ts';

const commands = ['serve', 'demo', 'simulate', 'import', 'export', 'token create', 'token list', 'token revoke'] as const;
const tokenCommands = commands.filter((command) => command.startsWith('token '));

/** The README's configuration table: every option, its variable, its default, and the commands that have it. */
export function configurationTable(): string {
  const names = new Set(commands.flatMap((command) => optionsOf(command)));
  return [
    '| flag | environment variable | default | commands | what it is |',
    '| --- | --- | --- | --- | --- |',
    ...[...names].map(row),
  ].join('\n');
}

function row(name: OptionName): string {
  const { argument, description } = optionText(name);
  const cells = [
    code(argument === null ? flagOf(name) : `${flagOf(name)} ${argument}`),
    code(variableOf(name)),
    defaultsOf(name),
    commandsOf(name),
    description,
  ];
  return `|${cells.map((cell) => (cell === '' ? '' : ` ${cell}`)).join(' |')} |`;
}

/** Those of `token` are named by that word where all of them have it. */
function commandsOf(name: OptionName): string {
  const having = commands.filter((command) => optionsOf(command).includes(name) && !isRefused(command, name));
  const isOfAllTokens = tokenCommands.every((command) => having.includes(command));
  const named = isOfAllTokens ? [...having.filter((command) => !tokenCommands.includes(command)), 'token'] : having;
  return named.join(', ');
}

function defaultsOf(name: OptionName): string {
  const { fallback, demoFallback, implied } = optionText(name);
  const forAll = fallback === undefined ? [] : [code(fallback)];
  const forDemo = demoFallback === undefined ? [] : [`demo: ${code(demoFallback)}`];
  if (implied === undefined) return [...forAll, ...forDemo].join('; ');
  return implied.demoText === implied.text ? implied.text : `${implied.text}; demo: ${implied.demoText}`;
}

function code(text: string): string {
  return `\`${text}\``;
}
