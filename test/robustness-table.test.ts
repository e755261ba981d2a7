import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../', import.meta.url);
const text = readFileSync(new URL('docs/robustness.md', root), 'utf8');
const rows = text.split('\n').filter((line) => line.startsWith('|') && line.includes('`test/'));
const pathsIn = (line: string) => [...line.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path);

describe('docs/robustness.md', () => {
  it('names tests that exist', () => {
    const paths = pathsIn(text);
    expect(paths.length).toBeGreaterThan(30);
    expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  });

  it('names each fault test', () => {
    const named = new Set(pathsIn(text));
    const files = readdirSync(new URL('test/faults/', root)).filter((name) => name.endsWith('.ts'));
    expect(files.filter((name) => !named.has(`test/faults/${name}`))).toEqual([]);
  });

  it('says of each whether it runs in the gate, or for long', () => {
    const kindOf = (path: string) => (path.endsWith('.long.ts') ? 'long' : 'gate');
    const wrong = rows.filter((row) => {
      const kinds: ReadonlySet<string> = new Set(pathsIn(row).map(kindOf));
      const said = ['gate', 'long'].filter((kind) => kinds.has(kind));
      return row.split('|').at(-2)?.trim() !== said.join(', ');
    });
    expect(wrong).toEqual([]);
  });
});
