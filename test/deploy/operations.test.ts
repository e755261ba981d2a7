import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type CommandName, flagOf, optionsOf, variableOf } from '../../src/config/index.ts';
import { errorCodes } from '../../src/errors.ts';
import { ourVariablesIn, projectFile, projectPath } from './deploy-file.ts';

const operations = projectFile('docs/operations.md');
const commands: readonly CommandName[] = ['serve', 'simulate', 'import', 'export', 'token create'];
const options = [...new Set(commands.flatMap((command) => optionsOf(command)))];

describe('docs/operations.md', () => {
  it('says of every error code what to do, once', () => {
    const rows = [...operations.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
    expect(new Set(rows)).toEqual(new Set(errorCodes));
    expect(rows).toHaveLength(errorCodes.length);
  });

  it('leads to what is there', () => {
    const links = [...operations.matchAll(/\]\(([^)#]*)(#[^)]*)?\)/g)].map(([, path = '', anchor = '']) => ({ path, anchor }));
    expect(links.length).toBeGreaterThan(5);
    for (const { path, anchor } of links) {
      expect(existsSync(projectPath(`docs/${path}`)), path).toBe(true);
      if (path === '') expect(headingsOf(operations), anchor).toContain(anchor.slice(1));
    }
  });
});

describe('the systemd unit', () => {
  const unit = projectFile('deploy/systemd/lochness-gateway.service');
  const environment = projectFile('deploy/systemd/gateway.env');

  it('has an example configuration whose variables the program reads', () => {
    const found = ourVariablesIn(environment);
    expect(found.length).toBeGreaterThan(5);
    const known = options.map(variableOf);
    for (const variable of found) expect(known).toContain(variable);
  });

  it('starts the program, not as root, and gives it time to finish what is under way', () => {
    expect(unit).toMatch(/^ExecStart=\S+\/node \S+\/dist\/main\.js serve$/m);
    expect(unit).toMatch(/^DynamicUser=yes$/m);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(10);
    expect(unit).toContain('docs/operations.md');
  });

  it('names flags that the program has', () => {
    const flags = options.map(flagOf);
    for (const [flag] of [...unit.matchAll(/--[a-z][a-z-]+/g)]) expect(flags).toContain(flag);
  });
});

describe('the CI workflow', () => {
  it('runs the gate on the oldest Node that is supported', () => {
    const { jobs } = parse(projectFile('.github/workflows/ci.yml'));
    expect(jobs.gate.steps).toContainEqual({ run: '.ci/run' });
    expect(jobs.gate.container).toMatch(/^node:20-/);
  });
});

/** As GitHub makes anchors of them. */
function headingsOf(text: string): readonly string[] {
  const headings = text.match(/^#+ .*$/gm) ?? [];
  return headings.map((line) =>
    line
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
}
