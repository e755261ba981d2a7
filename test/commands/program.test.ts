import { describe, expect, it } from 'vitest';
import { type CommandText, parseCommandLine } from '../../src/commands/program.ts';
import { type CommandName, flagOf, isRefused, optionsOf, UsageError, variableOf } from '../../src/config/index.ts';

const commands: ReadonlyMap<CommandName, CommandText> = new Map([
  ['serve', { summary: 'start the gateway' }],
  ['demo', { summary: 'start a sample' }],
  ['simulate', { summary: 'run hypervisors' }],
  ['schema', { summary: 'print the schema' }],
  ['import', { summary: 'write a file', operand: { name: 'FILE', description: 'the file' } }],
  ['export', { summary: 'print all' }],
  ['token create', { summary: 'make a token' }],
  ['token list', { summary: 'print tokens' }],
  ['token revoke', { summary: 'end a token', operand: { name: 'ID', description: 'its id' } }],
]);

function parse(...argv: string[]) {
  const written = { out: '', err: '' };
  const call = parseCommandLine(argv, {
    commands,
    groups: new Map([['token', 'work on tokens']]),
    version: '1.2.3',
    writeOut: (text) => {
      written.out += text;
    },
    writeErr: (text) => {
      written.err += text;
    },
  });
  return { call, ...written };
}

function problemsOf(...argv: string[]): readonly string[] | undefined {
  return parse(...argv).call?.source.problems;
}

describe('a command line', () => {
  it('gives each flag as text, in either spelling', () => {
    const { call } = parse('serve', '--port', '80', '--prefix=/x/', '--memory', '--log-level', 'debug');
    expect(call).toEqual({
      name: 'serve',
      source: { flags: { port: '80', prefix: '/x/', memory: 'true', logLevel: 'debug' }, problems: [] },
      operands: [],
    });
  });

  it('gives every flag that stands alone under its own name', () => {
    expect(parse('serve', '--no-jobs', '--debug-extensions').call?.source.flags).toEqual({
      noJobs: 'true',
      debugExtensions: 'true',
    });
    expect(parse('demo', '--quiet').call?.source.flags).toEqual({ quiet: 'true' });
  });

  it('adds up what may be given several times, and takes the last of the others', () => {
    const { call } = parse(
      'serve',
      '--cors-origin',
      'http://a',
      '--port',
      '1',
      '--cors-origin',
      'http://b,http://c',
      '--port',
      '2',
    );
    expect(call?.source.flags).toEqual({ corsOrigin: 'http://a,http://b,http://c', port: '2' });
  });

  it('takes a file before or behind flags, "-" as one, and anything behind "--"', () => {
    expect(parse('import', 'a.jsonl', '--merge').call).toMatchObject({
      operands: ['a.jsonl'],
      source: { flags: { merge: 'true' } },
    });
    expect(parse('import', '--merge', '-').call).toMatchObject({
      operands: ['-'],
      source: { flags: { merge: 'true' }, problems: [] },
    });
    expect(parse('import', '--merge', '--', '--odd').call).toMatchObject({ operands: ['--odd'], source: { problems: [] } });
  });

  it('takes commands of two words', () => {
    expect(parse('token', 'create', '--name', 'a b', '--role=admin').call).toEqual({
      name: 'token create',
      source: { flags: { name: 'a b', role: 'admin' }, problems: [] },
      operands: [],
    });
    expect(parse('token', 'revoke', '--prefix', 'x/', 'abc').call).toMatchObject({
      name: 'token revoke',
      operands: ['abc'],
      source: { flags: { prefix: 'x/' }, problems: [] },
    });
    expect(problemsOf('token', 'revoke')).toEqual(['ID is missing: its id']);
    expect(problemsOf('token', 'list', 'x', '--role', 'admin')).toEqual(['--role: there is no such option']);
    expect(problemsOf('token', 'create', '--bogus', '--name')).toEqual([
      '--bogus: there is no such option',
      '--name: its value is missing',
    ]);
  });

  it('prints help of a group, with its commands', () => {
    const { call, out } = parse('token', '--help');
    expect(call).toBeNull();
    expect(out).toContain('Usage: lochness-gateway token ');
    for (const word of ['create', 'list', 'revoke']) expect(out).toMatch(new RegExp(`^  ${word} `, 'm'));
    expect(parse('--help').out).toMatch(/^ {2}token .*work on tokens$/m);
    expect(parse('token', '--version').out).toBe('1.2.3\n');
  });

  it('names every unknown flag, and reads the others all the same', () => {
    const { call } = parse('serve', '--prot', '80', '--host', '::1', '-x', '--memory=yes');
    expect(call?.source.flags).toEqual({ host: '::1' });
    expect(call?.source.problems).toEqual([
      '--prot: there is no such option',
      '-x: there is no such option',
      '--memory=yes: there is no such option',
    ]);
  });

  it('names operands that nobody expects, and one that is missing', () => {
    expect(problemsOf('serve', 'x', 'y')).toEqual(['"x": nothing is expected here', '"y": nothing is expected here']);
    expect(problemsOf('import', 'a', 'b')).toEqual(['"b": nothing is expected here']);
    expect(problemsOf('import')).toEqual(['FILE is missing: the file']);
  });

  it.each([
    ['--etcd', 'http://h1:2379', 'http://root:s3cret@h2:2379'],
    ['--etdc=http://root:s3cret@h2:2379'],
    [`lgw_${'s3cret'.repeat(7)}`],
  ])('repeats nothing of a word that may hold a secret: %j', (...words) => {
    const problems = problemsOf('serve', ...words);
    expect(problems).toEqual([expect.stringMatching(/^a word that is not repeated here: /)]);
    expect(problems?.join()).not.toContain('s3cret');
  });

  it('names a flag whose value is missing, with the other problems', () => {
    expect(problemsOf('serve', '--bogus', '--port')).toEqual([
      '--bogus: there is no such option',
      '--port: its value is missing',
    ]);
  });

  it.each([
    [[], 'no command was given'],
    [['bogus'], "unknown command 'bogus'"],
    [['sevre'], "unknown command 'sevre' (Did you mean serve?)"],
    [['--port', '80', 'serve'], "unknown option '--port'"],
    [['token'], 'token: it is followed by one of create, list, revoke'],
    [['token', 'crate'], "unknown command 'crate' (Did you mean create?)"],
    [['token', '--name', 'a'], "unknown option '--name'"],
    [['tokne', 'list'], "unknown command 'tokne' (Did you mean token?)"],
  ])('%j makes no sense: %s', (argv, problem) => {
    expect(() => parse(...argv)).toThrow(new UsageError([problem]));
  });

  it.each([...commands.keys()])('prints help of %s with each option, its variable and its default, and the version', (name) => {
    for (const flag of ['--help', '-h']) {
      const { call, out, err } = parse(...name.split(' '), flag, '--bogus');
      const text = out.replace(/\s+/g, ' ');
      expect(call).toBeNull();
      expect(err).toBe('');
      for (const option of optionsOf(name).filter((known) => !isRefused(name, known))) {
        expect(text).toContain(`${flagOf(option)} `);
        expect(text).toContain(`env: ${variableOf(option)}`);
      }
    }
    expect(parse(...name.split(' '), '--version')).toEqual({ call: null, out: '1.2.3\n', err: '' });
  });

  it('prints help of all commands, and the version', () => {
    const { out } = parse('--help');
    const ofOneWord = [...commands].filter(([name]) => !name.includes(' '));
    for (const [name, { summary }] of ofOneWord) expect(out).toMatch(new RegExp(`^  ${name}.* ${summary}$`, 'm'));
    expect(parse('--version').out).toBe('1.2.3\n');
  });

  it('shows the defaults of the command', () => {
    expect(parse('serve', '--help').out.replace(/\s+/g, ' ')).toContain('LOCHNESS_LOG_LEVEL, default: info)');
    expect(parse('demo', '--help').out.replace(/\s+/g, ' ')).toContain('LOCHNESS_LOG_LEVEL, default: warn)');
    expect(parse('import', '--help').out).not.toContain('--memory');
  });
});
