import type { Context } from '../context.ts';
import { directoriesOf } from '../store/directory.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import { folderRange, subkeys } from '../store/keys.ts';
import { type MaybePromise, whenThere } from '../store/maybe-promise.ts';
import { textFromKey } from '../store/range.ts';
import type { KeyValue } from '../store/store.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { listBelow, textOfValue } from './below.ts';
import { groupBy } from './grouping.ts';
import { oncePerNode, oncePerOperation } from './operation-memo.ts';
import type { Ordering } from './ordering.ts';
import type { PageArguments } from './page-window.ts';
import type { Page } from './pagination.ts';
import { sortedPages } from './sorted-page.ts';

/** `hypervisors/<id>/subnets/<subnet id>`: guests of that subnet can run there, connected to `bridge`. Either end may be gone. */
export interface SubnetAttachment {
  readonly subnetId: string;
  readonly hypervisorId: string;
  readonly bridge: string;
}

export function listAttachmentsOfHypervisor(
  context: Context,
  hypervisor: Hypervisor,
  args: PageArguments,
): MaybePromise<Page<SubnetAttachment>> {
  return whenThere(pagesOfHypervisor(context, hypervisor), (page) => page(args));
}

export function listAttachmentsOfSubnet(
  context: Context,
  subnet: Subnet,
  args: PageArguments,
): MaybePromise<Page<SubnetAttachment>> {
  return whenThere(pagesOfSubnet(context, subnet), (page) => page(args));
}

// Each of a page of guests or hypervisors may ask for the links of the same node, of which there may be a thousand.
const pagesOfHypervisor = oncePerNode((context, hypervisor: Hypervisor) =>
  whenThere(attachmentsOfHypervisor(context, hypervisor), (all) => sortedPages(all, orderedBy('subnetId'))),
);
const pagesOfSubnet = oncePerNode((context, subnet: Subnet) =>
  whenThere(attachmentsOfSubnet(context, subnet), (all) => sortedPages(all, orderedBy('hypervisorId'))),
);

/** All of them, also those to hypervisors whose record is gone. */
export function attachmentsOfSubnet(context: Context, { id }: Subnet): MaybePromise<readonly SubnetAttachment[]> {
  return whenThere(context.snapshot.catalog(), (catalog) => {
    if (catalog !== null) return uniqueAttachments(linksOf(context, catalog.linksToSubnet(id)));
    return whenThere(attachmentsBySubnet(context), (bySubnet) => bySubnet.get(id) ?? []);
  });
}

export function attachedSubnetIds(context: Context, hypervisor: Hypervisor): MaybePromise<readonly string[]> {
  return whenThere(attachmentsOfHypervisor(context, hypervisor), (all) => all.map(({ subnetId }) => subnetId));
}

function orderedBy(end: 'subnetId' | 'hypervisorId'): Ordering<SubnetAttachment> {
  const idOf = (attachment: SubnetAttachment) => attachment[end];
  return { field: 'ID', direction: 'ASC', sortKeyOf: idOf, idOf };
}

function attachmentsOfHypervisor(context: Context, hypervisor: Hypervisor): MaybePromise<readonly SubnetAttachment[]> {
  return whenThere(listBelow(context, hypervisor, subkeys.subnets), (links) =>
    uniqueAttachments(links.map(({ name, entry }) => ({ hypervisorId: hypervisor.id, name, bridge: textOfValue(entry) }))),
  );
}

/** For an operation without a catalog: from all of the hypervisors' directories, also of those whose record is gone. */
const attachmentsBySubnet = oncePerOperation(async (context) => {
  const entries = await context.snapshot.list(folderRange(context.keys, 'HYPERVISOR'));
  return groupBy(uniqueAttachments(linksOf(context, entries)), ({ subnetId }) => subnetId);
});

interface AttachmentLink {
  readonly hypervisorId: string;
  /** The subnet's id as stored. */
  readonly name: string;
  readonly bridge: string;
}

/** Those of the entries that are links to subnets; entries are of the folder of hypervisors, in key order. */
function linksOf({ keys }: Context, entries: readonly KeyValue[]): readonly AttachmentLink[] {
  const links = [];
  for (const directory of directoriesOf(keys, 'HYPERVISOR', entries)) {
    const prefix = directory.path + subkeys.subnets;
    for (const entry of directory.entries) {
      if (!entry.key.startsWith(prefix)) continue;
      links.push({ hypervisorId: directory.name, name: textFromKey(entry.key.slice(prefix.length)), bridge: textOfValue(entry) });
    }
  }
  return links;
}

/** One for each pair, of several spellings the last one; a link's name that is no UUID is somebody else's key. */
function uniqueAttachments(links: readonly AttachmentLink[]): readonly SubnetAttachment[] {
  const byPair = new Map<string, SubnetAttachment>();
  for (const { hypervisorId, name, bridge } of links) {
    const subnetId = canonicalUuid(name);
    if (subnetId !== null) byPair.set(`${hypervisorId} ${subnetId}`, { subnetId, hypervisorId, bridge });
  }
  return [...byPair.values()];
}
