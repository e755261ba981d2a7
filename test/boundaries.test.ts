import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const project = fileURLToPath(new URL('..', import.meta.url));

interface Cruise {
  readonly totalCruised: number;
  readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
}

async function cruise(...paths: string[]): Promise<Cruise> {
  const flags = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const options = { cwd: project, maxBuffer: 64 * 1024 * 1024 };
  // It exits with the number of violations.
  const { stdout } = await run('node_modules/.bin/depcruise', [...paths, ...flags], options).catch((error) => error);
  return JSON.parse(stdout).summary;
}

describe('the check of who may import whom', () => {
  it('looks at every source file and finds nothing', async () => {
    const { totalCruised, violations } = await cruise('src');
    expect(violations).toEqual([]);
    expect(totalCruised).toBeGreaterThan(200);
  });

  it('finds a resolver that knows GraphQL, and a store that looks up', async () => {
    const files = new Map<string, string>();
    for (const [folder, text] of [
      ['resolvers', "import { parse } from 'graphql';\nexport const made = parse;\n"],
      ['store', "import { startServer } from '../../server.ts';\nexport const made = startServer;\n"],
    ] as const) {
      const directory = await mkdtemp(join(project, 'src', folder, 'violation-'));
      files.set(directory, join(directory, 'violation.ts'));
      await writeFile(join(directory, 'violation.ts'), text);
    }
    try {
      const { violations } = await cruise(...files.values());
      const names = violations.map(({ rule }) => rule.name);
      expect(names).toEqual(expect.arrayContaining(['only-schema-and-server-know-graphql', 'store-imports-errors-and-log']));
    } finally {
      for (const directory of files.keys()) await rm(directory, { recursive: true });
    }
  });
});
