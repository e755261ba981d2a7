import { isRefused, optionsOf } from './command-option.ts';
import { flagOf, type OptionName, optionText, variableOf } from './option.ts';

const commands = ['serve', 'demo', 'simulate', 'import', 'export'] as const;

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
    commands.filter((command) => optionsOf(command).includes(name) && !isRefused(command, name)).join(', '),
    description,
  ];
  return `|${cells.map((cell) => (cell === '' ? '' : ` ${cell}`)).join(' |')} |`;
}

function defaultsOf(name: OptionName): string {
  const { fallback, demoFallback, implied } = optionText(name);
  const forAll = fallback === undefined ? [] : [code(fallback)];
  const forDemo = demoFallback === undefined ? [] : [`demo: ${code(demoFallback)}`];
  return implied === undefined ? [...forAll, ...forDemo].join('; ') : `${implied.text}; demo: ${implied.demoText}`;
}

function code(text: string): string {
  return `\`${text}\``;
}
