import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { machineSources, sourcesOfRelease } from './apt-sources.ts';

const run = promisify(execFile);

export interface PackageWanted {
  readonly name: string;
  /** What its version must begin with. */
  readonly version: string;
  /** The Debian release that has it. */
  readonly release: string;
}

/**
 * Unpacks a Debian package into `folder`, without root and without touching the system: with the machine's own package lists where
 * they know the version, else with lists of the release that has it, fetched from the machine's own mirrors into private folders.
 * The folder appears whole or not at all, so several processes may do this at the same time.
 */
export async function unpackPackage(wanted: PackageWanted, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const work = await mkdtemp(join(dirname(folder), '.unpacking-'));
  try {
    const systemHasIt = (await candidateVersion(wanted.name, []).catch(() => '')).startsWith(wanted.version);
    const options = systemHasIt ? sandboxOptions : await fetchLists(wanted.release, work);
    const version = await candidateVersion(wanted.name, options);
    if (!version.startsWith(wanted.version)) {
      throw new Error(`Debian ${wanted.release} offers ${wanted.name} ${version || '(none)'}, not ${wanted.version}`);
    }
    await apt('apt-get', [...options, '--quiet', 'download', wanted.name], work);
    const archive = (await readdir(work)).find((file) => file.endsWith('.deb'));
    if (archive === undefined) throw new Error(`apt-get downloaded no package ${wanted.name}`);
    const unpacked = join(work, 'unpacked');
    await run('dpkg', ['-x', join(work, archive), unpacked]);
    await rename(unpacked, folder).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster; its folder is as good as ours.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** As root apt would download as the user _apt, who may not write into our folders. */
const sandboxOptions = ['-o', 'APT::Sandbox::User=root'];

async function fetchLists(release: string, work: string): Promise<string[]> {
  const parts = join(work, 'sources');
  const lists = join(work, 'lists');
  await Promise.all([mkdir(parts), mkdir(join(lists, 'partial'), { recursive: true }), mkdir(join(work, 'cache'))]);
  const sources = sourcesOfRelease(await machineSources(), release, await codename());
  if (sources.length === 0) throw new Error("this machine's apt sources name no Debian release");
  await writeFile(join(parts, 'private.sources'), sources.join('\n'));
  const options = [
    ...sandboxOptions,
    ...['-o', 'Dir::Etc::SourceList=/dev/null'],
    ...['-o', `Dir::Etc::SourceParts=${parts}`],
    ...['-o', `Dir::State::Lists=${lists}`],
    ...['-o', `Dir::Cache=${join(work, 'cache')}`],
    ...['-o', 'Acquire::Languages=none'],
  ];
  await apt('apt-get', [...options, '--quiet', 'update'], work);
  return options;
}

/** `bookworm`, `trixie`, ... */
async function codename(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8');
  return /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(release)?.[1] ?? '';
}

async function candidateVersion(name: string, options: readonly string[]): Promise<string> {
  const shown = await apt('apt-cache', [...options, '--no-all-versions', 'show', name], '/');
  return /^Version: (?:[0-9]+:)?(\S+)$/m.exec(shown)?.[1] ?? '';
}

async function apt(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await run(command, [...args], { cwd, env: { ...process.env, LC_ALL: 'C' } });
  return stdout;
}
