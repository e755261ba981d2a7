import type { Context } from '../../context.ts';
import type { StringMap } from '../../store/entities/entity.ts';
import {
  encodeFirewallGroup,
  type FirewallGroup,
  type FirewallRule,
  firewallGroupFields,
  storedRules,
} from '../../store/entities/firewall-group.ts';
import type { Compare, Revision } from '../../store/store.ts';
import {
  commit,
  isPresent,
  isUnchanged,
  type Mutation,
  put,
  type Reference,
  recordKey,
  remove,
  removeAll,
  rewrite,
  storedRecord,
} from '../commit/index.ts';
import { guestsBy } from '../guest-index.ts';
import { uuidOf } from '../id.ts';
import { requireNode } from '../require.ts';
import { type FirewallRuleInput, newSourceGroupIds, rulesOf } from './firewall-rule.ts';
import { type Argument, type DeleteArguments, notNull, requireRevision } from './given.ts';
import { idsOf, isStillUnused, requireUnused } from './in-use.ts';
import { mergedMetadata, newMetadata, type StringMapPatch } from './metadata.ts';
import { idOfNewNode, isNewId } from './new-node.ts';

export interface CreateFirewallGroupInput {
  readonly id?: Argument<string>;
  readonly metadata?: Argument<StringMap>;
  readonly rules: readonly FirewallRuleInput[];
}

export function createFirewallGroup(mutation: Mutation, input: CreateFirewallGroupInput) {
  return commit(mutation, async (context) => {
    const { keys } = context;
    const firewallGroupId = await idOfNewNode(context, input.id);
    const rules = rulesOf(input.rules);
    const record = encodeFirewallGroup({ id: firewallGroupId, metadata: newMetadata(input.metadata), rules });
    const { compares, references } = await requireSourceGroups(context, newSourceGroupIds(rules, firewallGroupId));
    return {
      type: 'commit',
      compares: [...isNewId(keys, firewallGroupId), ...compares],
      writes: [put(keys.record('FIREWALL_GROUP', firewallGroupId), record)],
      references,
      result: { firewallGroupId },
    };
  });
}

export interface UpdateFirewallGroupInput {
  readonly id: string;
  readonly metadata?: Argument<StringMapPatch>;
  readonly rules?: Argument<readonly FirewallRuleInput[]>;
  readonly ifRevision?: Argument<Revision>;
}

export function updateFirewallGroup(mutation: Mutation, input: UpdateFirewallGroupInput) {
  return commit(mutation, async (context) => {
    const group = await requireNode(context.loaders.FIREWALL_GROUP, uuidOf('id', input.id));
    requireRevision(group, input.ifRevision);
    const metadata = mergedMetadata(group.metadata, input.metadata);
    const rules = await changedRules(context, group, input.rules);
    const { compares, references } = await requireSourceGroups(context, newSourceGroupIds(rules ?? [], group.id));
    return {
      type: 'commit',
      compares: [isUnchanged(group), ...compares],
      writes: await rewrite(context, group, firewallGroupFields({ metadata, rules })),
      references,
      result: { firewallGroupId: group.id },
    };
  });
}

/** Undefined when they stay as they are. */
async function changedRules(
  context: Context,
  group: FirewallGroup,
  given: Argument<readonly FirewallRuleInput[]>,
): Promise<readonly FirewallRule[] | undefined> {
  const input = notNull('rules', given);
  if (input === undefined) return undefined;
  const stored = storedRules(await storedRecord(context, group));
  const rules = rulesOf(input, stored);
  const stay = rules.length === stored.length && rules.every((rule, index) => rule === stored[index]);
  return stay ? undefined : rules;
}

interface SourceGroups {
  readonly compares: readonly Compare[];
  readonly references: readonly Reference[];
}

/** They must be there. What becomes of them otherwise is no matter to a rule that names them. */
async function requireSourceGroups(context: Context, ids: readonly string[]): Promise<SourceGroups> {
  const groups = await Promise.all(ids.map((id) => requireNode(context.loaders.FIREWALL_GROUP, id)));
  return {
    compares: groups.map((group) => isPresent(recordKey(group))),
    references: groups.map(({ kind, id }) => ({ kind, id })),
  };
}

/** Refused while a guest has it, or a rule of another group names it. */
export function deleteFirewallGroup(mutation: Mutation, { id, ifRevision }: DeleteArguments) {
  return commit(mutation, async (context) => {
    const group = await requireNode(context.loaders.FIREWALL_GROUP, uuidOf('id', id));
    requireRevision(group, ifRevision);
    const [guests, groups] = await Promise.all([
      guestsBy(context, 'firewallGroupId', group.id),
      otherGroupsThatName(context, group),
    ]);
    requireUnused(`The firewall group ${group.id} is used`, [...idsOf(guests), ...idsOf(groups)]);
    return {
      type: 'commit',
      compares: [isUnchanged(group), await isStillUnused(context, 'FIREWALL_GROUP', group.id)],
      writes: [removeAll(group.directory), remove(context.keys.reference('FIREWALL_GROUP', group.id))],
      result: { deletedId: group.id },
    };
  });
}

async function otherGroupsThatName(context: Context, { id }: FirewallGroup): Promise<readonly FirewallGroup[]> {
  const { all } = await context.loaders.FIREWALL_GROUP.list();
  return all.filter((other) => other.id !== id && other.rules.some(({ sourceGroupId }) => sourceGroupId === id));
}
