import type { Context } from '../../context.ts';
import { directoriesOf } from '../../store/directory.ts';
import type { VLANGroup } from '../../store/entities/vlan-group.ts';
import { folderRange, type Keys, subkeys } from '../../store/keys.ts';
import { type Key, prefixRange, textFromKey } from '../../store/range.ts';
import type { KeyValue } from '../../store/store.ts';
import { canonicalUuid } from '../../store/values/uuid.ts';
import { getBelow } from '../below.ts';

/** Both sides of 60 links. A commit has room for 128 writes. */
const keysPerCommit = 120;

/** A link's keys; both are empty. A VLAN's directory is named by its tag. */
export function vlanSideKey(keys: Keys, tag: number, groupId: string): Key {
  return keys.directory('VLAN', String(tag)) + subkeys.vlanGroups + groupId;
}

export function groupSideKey({ directory }: Pick<VLANGroup, 'directory'>, tag: number): Key {
  return directory + subkeys.vlans + String(tag);
}

/** What is stored of one link. Either side may be missing, and the group's id may be spelled in several ways on the VLAN's. */
export interface StoredLink {
  readonly groupSide: readonly KeyValue[];
  readonly vlanSide: readonly KeyValue[];
}

export async function storedLink(context: Context, group: VLANGroup, tag: number): Promise<StoredLink> {
  const { keys, snapshot } = context;
  const start = vlanSideKey(keys, tag, '');
  const [groupSide, groupsOfVLAN] = await Promise.all([
    getBelow(context, group, subkeys.vlans + String(tag)),
    snapshot.list(prefixRange(start), folderRange(keys, 'VLAN')),
  ]);
  return {
    groupSide: groupSide === null ? [] : [groupSide],
    vlanSide: groupsOfVLAN.filter(({ key }) => canonicalUuid(textFromKey(key.slice(start.length))) === group.id),
  };
}

/** A key that says, from one side, that a group has a VLAN. Neither of them need be there. */
export interface LinkKey {
  readonly key: Key;
  /** In decimal. */
  readonly tag: string;
  readonly groupId: string;
}

/** All keys of all links, in every spelling: only so is one found that is there on the other side alone. */
export async function allLinkKeys(context: Context): Promise<readonly LinkKey[]> {
  const [ofVLANs, ofGroups] = await Promise.all([
    childrenOf(context, 'VLAN', subkeys.vlanGroups),
    childrenOf(context, 'VLAN_GROUP', subkeys.vlans),
  ]);
  const vlanSides = ofVLANs.flatMap(({ key, parent, child }) => {
    const groupId = canonicalUuid(textFromKey(child));
    return groupId === null ? [] : [{ key, tag: parent, groupId }];
  });
  return [...vlanSides, ...ofGroups.map(({ key, parent, child }) => ({ key, tag: child, groupId: parent }))];
}

interface Child {
  readonly key: Key;
  /** The name of the node in whose directory the key lies. */
  readonly parent: string;
  /** What follows the prefix. */
  readonly child: Key;
}

async function childrenOf({ keys, snapshot }: Context, kind: 'VLAN' | 'VLAN_GROUP', prefix: Key): Promise<readonly Child[]> {
  const children: Child[] = [];
  for (const { name, path, entries } of directoriesOf(keys, kind, await snapshot.list(folderRange(keys, kind)))) {
    const start = path + prefix;
    for (const { key } of entries)
      if (key.startsWith(start)) children.push({ key, parent: name, child: key.slice(start.length) });
  }
  return children;
}

/** As many of the keys as fit into one commit, both sides of each link together. `end` tells the links of one node apart. */
export function wholeLinks(linkKeys: readonly LinkKey[], end: 'tag' | 'groupId'): readonly Key[] {
  const links = new Map<string, Key[]>();
  for (const link of linkKeys) {
    const known = links.get(link[end]);
    if (known === undefined) links.set(link[end], [link.key]);
    else known.push(link.key);
  }
  const fitting: Key[] = [];
  for (const keys of links.values()) {
    if (fitting.length > 0 && fitting.length + keys.length > keysPerCommit) break;
    fitting.push(...keys);
  }
  return fitting;
}
