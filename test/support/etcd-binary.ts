import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unpackPackage } from './debian-package.ts';

const run = promisify(execFile);

/** The versions that every etcd test runs on. */
export const etcdVersions = ['3.4', '3.5'] as const;
export type EtcdVersion = (typeof etcdVersions)[number];

const debianReleases: Readonly<Record<EtcdVersion, string>> = { '3.4': 'bookworm', '3.5': 'trixie' };

const cache = join(projectFolder(), '.cache', 'etcd');

/** Also where this file runs from a folder that it was compiled into. */
function projectFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/**
 * The path of an etcd server of this version, or of any: one that ETCD_BIN names (several are separated as in PATH), one on PATH,
 * or Debian's, unpacked into `.cache`.
 */
export async function findEtcd(version?: EtcdVersion): Promise<string> {
  const given = (process.env.ETCD_BIN ?? '').split(delimiter);
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'etcd'));
  for (const path of [...given, ...onPath]) {
    if (path !== '' && (await isExecutable(path)) && (version === undefined || (await hasVersion(path, version)))) return path;
  }
  return unpackEtcd(version ?? '3.5');
}

const unpacking = new Map<EtcdVersion, Promise<string>>();

function unpackEtcd(version: EtcdVersion): Promise<string> {
  const known = unpacking.get(version) ?? unpackOnce(version);
  unpacking.set(version, known);
  return known;
}

async function unpackOnce(version: EtcdVersion): Promise<string> {
  const folder = join(cache, version);
  const path = join(folder, 'usr', 'bin', 'etcd');
  if (await isExecutable(path)) return path;
  try {
    await unpackPackage({ name: 'etcd-server', version: `${version}.`, release: debianReleases[version] }, folder);
    await run(path, ['--version']);
    return path;
  } catch (cause) {
    throw new Error(
      `The tests run on real etcd servers of versions ${etcdVersions.join(' and ')}, and ${version} was not found: not at ETCD_BIN, ` +
        `not on PATH, and Debian's package etcd-server could not be unpacked (${reasonOf(cause)}). Install etcd ${version} (Debian ` +
        `${debianReleases[version]}: apt-get install etcd-server; elsewhere: etcd's release archive) and set ETCD_BIN to the paths of ` +
        `both etcd programs, separated by "${delimiter}".`,
      { cause },
    );
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function hasVersion(path: string, version: EtcdVersion): Promise<boolean> {
  const said = await run(path, ['--version']).catch(() => ({ stdout: '' }));
  return said.stdout.startsWith(`etcd Version: ${version}.`);
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').slice(0, 3).join(' ');
}
