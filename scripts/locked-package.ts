import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A package of the tree, with what the lock file and its own package.json say of it. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, or whatever stands in its place; null where nothing does. */
  readonly license: string | null;
  readonly isDevelopment: boolean;
  readonly hasInstallScript: boolean;
}

interface LockEntry {
  readonly version?: string;
  readonly license?: unknown;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const modules = 'node_modules/';

/** All packages that a lock file names, but for the project itself; in the order of their names. */
export async function readLockedPackages(root: string): Promise<readonly LockedPackage[]> {
  const lock: { readonly packages: Readonly<Record<string, LockEntry>> } = JSON.parse(
    await readFile(join(root, 'package-lock.json'), 'utf8'),
  );
  const places = Object.entries(lock.packages).filter(([place, { link }]) => place.includes(modules) && link !== true);
  const own = new Map<string, string | null>();
  for (const [place, entry] of places) {
    const manifest = await readManifest(join(root, place, 'package.json'));
    own.set(place, licenseOf(manifest ?? entry) ?? licenseOf(entry));
  }
  const found = places.map(([place, entry]) => ({
    name: nameOf(place),
    version: entry.version ?? '?',
    license: own.get(place) ?? licenseOfBinary(nameOf(place), places, own),
    isDevelopment: entry.dev === true,
    hasInstallScript: entry.hasInstallScript === true,
  }));
  return found.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function nameOf(place: string): string {
  return place.slice(place.lastIndexOf(modules) + modules.length);
}

/** Null where it is not installed: what is for another platform is not. */
async function readManifest(path: string): Promise<object | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Old packages have an object there, or a list of them. */
function licenseOf(manifest: object): string | null {
  const { license, licenses }: { readonly license?: unknown; readonly licenses?: unknown } = manifest;
  if (typeof license === 'string') return license.trim() === '' ? null : license;
  if (Array.isArray(licenses) && licenses.length > 0) return licenses.map((one) => typeOf(one)).join(' OR ');
  return license === undefined || license === null ? null : typeOf(license);
}

function typeOf(license: unknown): string {
  if (typeof license === 'object' && license !== null && 'type' in license) return String(license.type);
  return String(license);
}

/** A package that is for another platform, and of which nothing more is known: it is a part of the one that chooses among them. */
function licenseOfBinary(
  name: string,
  places: readonly (readonly [string, LockEntry])[],
  own: ReadonlyMap<string, string | null>,
): string | null {
  const [parent] = places.find(([, { optionalDependencies = {} }]) => name in optionalDependencies) ?? [];
  return parent === undefined ? null : (own.get(parent) ?? null);
}
