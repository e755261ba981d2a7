import type { Context } from '../../context.ts';
import type { Hypervisor } from '../../store/entities/hypervisor.ts';
import { folderRange, type Keys, subkeys } from '../../store/keys.ts';
import { prefixRange, type Range } from '../../store/range.ts';

/** A folder of fewer keys is read each time: that costs about what a look at a few hypervisors costs. */
const smallFolderKeys = 1000;
const idsKeptMs = 30_000;

interface KnownHypervisors {
  readonly ids: readonly string[];
  readonly sinceMs: number;
}

/** Of each gateway: its keys live as long as it does. */
const knownByKeys = new WeakMap<Keys, KnownHypervisors>();

/**
 * The ids of the hypervisors, some of which may be gone, and newer ones missing. In the folder of hypervisors lie the links to all of
 * the cluster's guests, and to read 100,000 keys to place one guest is too much. So the ids are remembered for `idsKeptMs`. Nothing
 * that is committed rests on them: each one's own keys are read in the view that decides, and that none of them will do is no answer
 * yet.
 */
export async function knownHypervisorIds(context: Context): Promise<readonly string[]> {
  const nowMs = context.now().getTime();
  const known = knownByKeys.get(context.keys);
  const ageMs = known === undefined ? Number.NaN : nowMs - known.sinceMs;
  if (known !== undefined && ageMs >= 0 && ageMs < idsKeptMs) return known.ids;
  // One reads them anew, and those who come meanwhile go on with the old ones.
  if (known !== undefined) knownByKeys.set(context.keys, { ...known, sinceMs: nowMs });
  const [{ all }, entries] = await Promise.all([
    context.loaders.HYPERVISOR.list(),
    context.snapshot.list(folderRange(context.keys, 'HYPERVISOR')),
  ]);
  const ids = all.map(({ id }) => id);
  if (entries.length < smallFolderKeys) knownByKeys.delete(context.keys);
  else knownByKeys.set(context.keys, { ids, sinceMs: nowMs });
  return ids;
}

export interface HypervisorRead {
  /** Whether their links to guests are wanted too. */
  readonly withGuests: boolean;
}

/** Those that exist and can be read, with what lies below them: all in one wave. */
export async function readHypervisors(
  context: Context,
  ids: readonly string[],
  { withGuests }: HypervisorRead,
): Promise<readonly Hypervisor[]> {
  const found = await Promise.all(
    ids.map(async (id) => {
      const path = context.keys.directory('HYPERVISOR', id);
      const ranges = withGuests ? [prefixRange(path)] : aroundGuests(path);
      const [hypervisor] = await Promise.all([
        context.loaders.HYPERVISOR.follow(id),
        ...ranges.map((range) => context.snapshot.list(range)),
      ]);
      return hypervisor;
    }),
  );
  return found.filter((hypervisor) => hypervisor !== null);
}

/** The directory but for the links to guests, which are most of it. */
function aroundGuests(path: string): Range[] {
  const directory = prefixRange(path);
  const guests = prefixRange(path + subkeys.guests);
  return [
    { start: directory.start, end: guests.start },
    { start: guests.end, end: directory.end },
  ];
}
