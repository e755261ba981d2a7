import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = '/etc/apt';

export interface SourceFile {
  /** `deb822` for *.sources, `list` for one line each. */
  readonly style: 'deb822' | 'list';
  readonly text: string;
}

/** All source files that apt reads on this machine. */
export async function machineSources(): Promise<SourceFile[]> {
  const parts = await readdir(join(folder, 'sources.list.d')).catch(() => []);
  const names = ['sources.list', ...parts.map((part) => join('sources.list.d', part))];
  const files: SourceFile[] = [];
  for (const name of names) {
    const style = name.endsWith('.sources') ? 'deb822' : name.endsWith('.list') ? 'list' : null;
    const text = style === null ? null : await readFile(join(folder, name), 'utf8').catch(() => null);
    if (style !== null && text !== null) files.push({ style, text });
  }
  return files;
}

/**
 * The machine's own Debian mirrors, asked for another release: stanzas in the deb822 style. Entries of updates and security, which
 * do not carry every package, and of other software are left out.
 */
export function sourcesOfRelease(files: readonly SourceFile[], release: string, codename: string): string[] {
  const own = new Set([codename, 'stable', 'oldstable', 'oldoldstable', 'testing']);
  const stanzas = files.flatMap(({ style, text }) => (style === 'deb822' ? stanzasOf(text) : linesOf(text)));
  return stanzas
    .filter((fields) => (fields.get('types') ?? '').split(/\s+/).includes('deb') && fields.get('enabled') !== 'no')
    .filter((fields) => (fields.get('suites') ?? '').split(/\s+/).some((suite) => own.has(suite)))
    .map((fields) => {
      const changed = new Map([...fields, ['types', 'deb'], ['suites', release], ['components', 'main']]);
      return [...changed].map(([name, value]) => `${name}: ${value}\n`).join('');
    });
}

type Fields = ReadonlyMap<string, string>;

function stanzasOf(text: string): Fields[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  const stanzas: Fields[] = [];
  let fields = new Map<string, string>();
  let last = '';
  for (const line of [...lines, '']) {
    const field = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
    if (field !== null) {
      last = (field[1] ?? '').toLowerCase();
      fields.set(last, field[2] ?? '');
    } else if (line.trim() !== '') {
      // A line that begins with a space goes on with the field above it, as an inline key does.
      fields.set(last, `${fields.get(last) ?? ''}\n${line}`);
    } else if (fields.size > 0) {
      stanzas.push(fields);
      fields = new Map();
    }
  }
  return stanzas;
}

/** `deb [arch=amd64 signed-by=/a/key] http://mirror/debian bookworm main contrib` */
function linesOf(text: string): Fields[] {
  const stanzas: Fields[] = [];
  for (const line of text.split('\n')) {
    const entry = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (entry === null) continue;
    const [, options = '', uri = '', suite = '', components = ''] = entry;
    const fields = new Map([
      ['types', 'deb'],
      ['uris', uri],
      ['suites', suite],
      ['components', components.trim()],
    ]);
    for (const option of options.split(/\s+/).filter((part) => part.includes('='))) {
      const at = option.indexOf('=');
      fields.set(fieldOfOption(option.slice(0, at)), option.slice(at + 1).replaceAll(',', ' '));
    }
    stanzas.push(fields);
  }
  return stanzas;
}

/** The two styles name two options differently. */
function fieldOfOption(option: string): string {
  const name = option.toLowerCase();
  return name === 'arch' ? 'architectures' : name === 'lang' ? 'languages' : name;
}
