import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { auditLicenses } from '../scripts/license-audit.ts';
import { isAllowed } from '../scripts/license-expression.ts';
import { needlessInstallScripts } from '../scripts/license-rule.ts';
import { openTemporaryDirectory, type TemporaryDirectory } from './support/temporary-directory.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const folders: TemporaryDirectory[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.remove();
});

type Tree = Readonly<Record<string, { readonly locked?: object; readonly manifest?: object }>>;

/** A project with these packages, by their places under node_modules. */
async function openTree(tree: Tree): Promise<string> {
  const folder = await openTemporaryDirectory();
  folders.push(folder);
  const places = Object.entries(tree).map(([name, { locked }]) => [`node_modules/${name}`, { version: '1.0.0', ...locked }]);
  const packages = { '': { name: 'project', license: 'Apache-2.0' }, ...Object.fromEntries(places) };
  await writeFile(join(folder.path, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
  for (const [name, { manifest }] of Object.entries(tree)) {
    if (manifest === undefined) continue;
    const path = join(folder.path, 'node_modules', name, 'package.json');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify({ name, version: '1.0.0', ...manifest }));
  }
  return folder.path;
}

async function problemsOf(tree: Tree, { withDevelopment = false } = {}): Promise<readonly string[]> {
  return (await auditLicenses({ root: await openTree(tree), withDevelopment })).problems;
}

describe('The audit of licences', () => {
  it.each([false, true])(
    'finds nothing wrong with this project, whether with what development needs: %s',
    async (withDevelopment) => {
      const { packages, problems } = await auditLicenses({ root: project, withDevelopment });
      expect(problems).toEqual([]);
      expect(packages.length).toBeGreaterThan(withDevelopment ? 300 : 50);
      expect(packages.every(({ version, license }) => /^\d/.test(version) && license !== null)).toBe(true);
    },
  );

  it('fails where a licence is missing', async () => {
    expect(await problemsOf({ a: { manifest: {} }, b: { manifest: { license: '' } }, c: {} })).toEqual([
      'a@1.0.0 has no licence',
      'b@1.0.0 has no licence',
      'c@1.0.0 has no licence',
    ]);
  });

  it.each(['GPL-3.0-only', 'MIT AND GPL-3.0-only', 'Apache-2.0 WITH x', 'UNLICENSED', 'MPL-2.0'])(
    'fails where a licence asks for too much: %s',
    async (license) => {
      const [problem, ...others] = await problemsOf({
        '@scope/a/node_modules/b': { manifest: { license } },
        c: { manifest: { license: 'MIT' } },
      });
      expect(problem).toMatch(`b@1.0.0 has the licence "${license}", which is none of 0BSD, Apache-2.0`);
      expect(others).toEqual([]);
    },
  );

  it.each(['SEE LICENSE IN LICENSE.md', '(MIT', 'MIT OR', 'MIT Apache-2.0', '()'])(
    'fails where nobody can tell what it is: %s',
    async (license) => {
      expect(await problemsOf({ a: { manifest: { license } } })).toEqual([
        `a@1.0.0 has the licence ${JSON.stringify(license)}, which is no expression of SPDX`,
      ]);
    },
  );

  it('fails where a package has an install script that nobody has looked at', async () => {
    expect(await problemsOf({ a: { locked: { license: 'MIT', hasInstallScript: true } } })).toEqual([
      'a@1.0.0 has an install script, and nobody has said that it is not needed (scripts/license-rule.ts)',
    ]);
  });

  it('takes licences as they were written long ago, and that of the package to which a binary for another platform belongs', async () => {
    expect(
      await problemsOf({
        a: { manifest: { license: { type: 'MIT', url: 'x' } } },
        b: { manifest: { licenses: [{ type: 'GPL-2.0' }, { type: 'MIT' }] } },
        c: { manifest: { license: 'ISC' }, locked: { optionalDependencies: { 'c-win32': '1.0.0' } } },
        'c-win32': { locked: { optional: true, os: ['win32'] } },
      }),
    ).toEqual([]);
  });

  it('looks at what only development needs when it is asked to, and takes more of it', async () => {
    const tree = { a: { locked: { dev: true, license: 'GPL-2.0' } }, b: { locked: { dev: true, license: 'MPL-2.0' } } };
    expect(await problemsOf(tree)).toEqual([]);
    expect(await problemsOf(tree, { withDevelopment: true })).toEqual([
      expect.stringMatching(/^a@1.0.0 has the licence "GPL-2.0"/),
    ]);
  });

  it.each<[string, boolean | null]>([
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['GPL-3.0-only OR (ISC AND MIT)', true],
    ['GPL-3.0-only OR ISC AND GPL-2.0', false],
    ['(MIT AND Zlib)', false],
    ['GPL-2.0+', false],
    ['', null],
    ['AND', null],
    ['MIT)', null],
  ])('understands %j', (expression, expected) => {
    expect(isAllowed(expression, new Set(['MIT', 'ISC']))).toBe(expected);
  });
});

describe('Install scripts', () => {
  it('are not run by npm here, and those that are left out are all known', async () => {
    expect(await readFile(join(project, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
    const { packages } = await auditLicenses({ root: project, withDevelopment: true });
    const names = new Set(packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name));
    expect(names).toEqual(new Set(needlessInstallScripts.keys()));
  });

  it('are not needed: lmdb and msgpackr work without what theirs would have compiled', async () => {
    for (const name of ['lmdb', 'msgpackr-extract']) expect(existsSync(join(project, 'node_modules', name, 'build'))).toBe(false);
    const folder = await openTemporaryDirectory();
    folders.push(folder);
    const program = `
      const { open } = await import('lmdb');
      const { pack, unpack } = await import('msgpackr');
      const store = open({ path: ${JSON.stringify(join(folder.path, 'x.mdb'))} });
      await store.put('a', 1);
      console.log(store.get('a'), unpack(pack({ b: 2 })).b);
      await store.close();`;
    const { stdout } = await promisify(execFile)(execPath, ['--input-type=module', '--eval', program], { cwd: project });
    expect(stdout).toBe('1 2\n');
  });
});
