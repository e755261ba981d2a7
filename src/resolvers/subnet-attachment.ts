import type { Context } from '../context.ts';
import { directoriesOf } from '../store/directory.ts';
import type { Hypervisor } from '../store/entities/hypervisor.ts';
import type { Subnet } from '../store/entities/subnet.ts';
import { folderRange, subkeys } from '../store/keys.ts';
import { textFromKey } from '../store/range.ts';
import { canonicalUuid } from '../store/values/uuid.ts';
import { listBelow, textOfValue } from './below.ts';
import { groupBy } from './grouping.ts';
import { oncePerOperation } from './operation-memo.ts';
import type { Ordering } from './ordering.ts';
import { type Page, type PageArguments, pageOf } from './pagination.ts';

/** `hypervisors/<id>/subnets/<subnet id>`: guests of that subnet can run there, connected to `bridge`. Either end may be gone. */
export interface SubnetAttachment {
  readonly subnetId: string;
  readonly hypervisorId: string;
  readonly bridge: string;
}

export async function listAttachmentsOfHypervisor(
  context: Context,
  hypervisor: Hypervisor,
  args: PageArguments,
): Promise<Page<SubnetAttachment>> {
  return pageOf(await attachmentsOfHypervisor(context, hypervisor), orderedBy('subnetId'), args);
}

export async function listAttachmentsOfSubnet(
  context: Context,
  subnet: Subnet,
  args: PageArguments,
): Promise<Page<SubnetAttachment>> {
  return pageOf(await attachmentsOfSubnet(context, subnet), orderedBy('hypervisorId'), args);
}

/** All of them, also those to hypervisors whose record is gone. */
export async function attachmentsOfSubnet(context: Context, { id }: Subnet): Promise<readonly SubnetAttachment[]> {
  return (await attachmentsBySubnet(context)).get(id) ?? [];
}

export async function attachedSubnetIds(context: Context, hypervisor: Hypervisor): Promise<readonly string[]> {
  return (await attachmentsOfHypervisor(context, hypervisor)).map(({ subnetId }) => subnetId);
}

function orderedBy(end: 'subnetId' | 'hypervisorId'): Ordering<SubnetAttachment> {
  const idOf = (attachment: SubnetAttachment) => attachment[end];
  return { field: 'ID', direction: 'ASC', sortKeyOf: idOf, idOf };
}

async function attachmentsOfHypervisor(context: Context, hypervisor: Hypervisor): Promise<readonly SubnetAttachment[]> {
  const links = await listBelow(context, hypervisor, subkeys.subnets);
  return uniqueAttachments(links.map(({ name, entry }) => ({ hypervisorId: hypervisor.id, name, bridge: textOfValue(entry) })));
}

/** Read from all of the hypervisors' directories, also of those whose record is gone. */
const attachmentsBySubnet = oncePerOperation(async (context) => {
  const entries = await context.snapshot.list(folderRange(context.keys, 'HYPERVISOR'));
  const links = [];
  for (const directory of directoriesOf(context.keys, 'HYPERVISOR', entries)) {
    const prefix = directory.path + subkeys.subnets;
    for (const entry of directory.entries) {
      if (!entry.key.startsWith(prefix)) continue;
      links.push({ hypervisorId: directory.name, name: textFromKey(entry.key.slice(prefix.length)), bridge: textOfValue(entry) });
    }
  }
  return groupBy(uniqueAttachments(links), ({ subnetId }) => subnetId);
});

/** One for each pair, of several spellings the last one; a link's name that is no UUID is somebody else's key. */
function uniqueAttachments(
  links: readonly { readonly hypervisorId: string; readonly name: string; readonly bridge: string }[],
): readonly SubnetAttachment[] {
  const byPair = new Map<string, SubnetAttachment>();
  for (const { hypervisorId, name, bridge } of links) {
    const subnetId = canonicalUuid(name);
    if (subnetId !== null) byPair.set(`${hypervisorId} ${subnetId}`, { subnetId, hypervisorId, bridge });
  }
  return [...byPair.values()];
}
