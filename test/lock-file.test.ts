import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface LockedPackage {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const { packages }: { packages: Record<string, LockedPackage> } = JSON.parse(await readFile(file, 'utf8'));
const names = new Set(
  Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
);

describe('the lock file', () => {
  it('names the address of no registry', () => {
    expect(names.size).toBeGreaterThan(100);
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  // `npm install` leaves out what a registry lacks at that moment, and `npm ci` then refuses the file.
  it('names the packages of all platforms, so that npm ci takes it on each of them', () => {
    const optional = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
    expect(optional.length).toBeGreaterThan(10);
    expect(optional.filter((name) => !names.has(name))).toEqual([]);
  });
});
