import type { Context } from '../../context.ts';
import { badUserInput, GatewayError } from '../../errors.ts';
import type { Hypervisor } from '../../store/entities/hypervisor.ts';
import { subkeys } from '../../store/keys.ts';
import { type Key, keyFromText } from '../../store/range.ts';
import type { Revision } from '../../store/store.ts';
import { getBelow, listBelow, textOfValue } from '../below.ts';
import { commit, isPresent, isStill, isUnchanged, type Mutation, put, recordKey, remove } from '../commit/index.ts';
import { cordoned, isSchedulable, schedulableKey } from '../hypervisor-config.ts';
import { uuidOf } from '../id.ts';
import { quote } from '../quote.ts';
import { requireNode } from '../require.ts';
import { configKeyOf, configValueOf, storedConfigKeyOf } from './config-key.ts';
import { type Argument, requireRevision } from './given.ts';

export interface SetHypervisorConfigArguments {
  readonly hypervisorId: string;
  readonly key: string;
  readonly value: string;
  /** Of the hypervisor's record, which no setting moves. */
  readonly ifRevision?: Argument<Revision>;
}

export function setHypervisorConfig(mutation: Mutation, args: SetHypervisorConfigArguments) {
  return commit(mutation, async (context) => {
    const name: Key = subkeys.config + keyFromText(configKeyOf('key', args.key));
    const value = configValueOf('value', args.value);
    requireUnderstood(args.key, value);
    const hypervisor = await requireHypervisor(context, args.hypervisorId);
    requireRevision(hypervisor, args.ifRevision);
    const stored = await getBelow(context, hypervisor, name);
    const result = { hypervisorId: hypervisor.id };
    if (stored !== null && textOfValue(stored) === value) return { type: 'answer', result };
    return {
      type: 'commit',
      compares: [isUnchanged(hypervisor)],
      writes: [put(hypervisor.directory + name, value)],
      result,
    };
  });
}

export interface DeleteHypervisorConfigArguments {
  readonly hypervisorId: string;
  readonly key: string;
}

/** Of any setting that is shown, whatever another tool called it. */
export function deleteHypervisorConfig(mutation: Mutation, args: DeleteHypervisorConfigArguments) {
  return commit(mutation, async (context) => {
    const key = storedConfigKeyOf('key', args.key);
    const hypervisor = await requireHypervisor(context, args.hypervisorId);
    const settings = await listBelow(context, hypervisor, subkeys.config);
    const stored = settings.find(({ name }) => name === key)?.entry;
    if (stored === undefined) throw noSetting(hypervisor, key);
    return {
      type: 'commit',
      compares: [isPresent(recordKey(hypervisor)), isStill(stored.key, stored)],
      writes: [remove(stored.key)],
      result: { hypervisorId: hypervisor.id },
    };
  });
}

export interface SetSchedulableArguments {
  readonly hypervisorId: string;
  readonly schedulable: boolean;
  readonly ifRevision?: Argument<Revision>;
}

/**
 * Cordons a hypervisor, or lets placement choose it again. A placement that is under way compares the same key, so that none is
 * committed behind a cordon.
 */
export function setSchedulable(mutation: Mutation, args: SetSchedulableArguments) {
  return commit(mutation, async (context) => {
    const hypervisor = await requireHypervisor(context, args.hypervisorId);
    requireRevision(hypervisor, args.ifRevision);
    const result = { hypervisorId: hypervisor.id };
    if ((await isSchedulable(context, hypervisor)) === args.schedulable) return { type: 'answer', result };
    const key: Key = hypervisor.directory + schedulableKey;
    const stored = await getBelow(context, hypervisor, schedulableKey);
    return {
      type: 'commit',
      compares: [isUnchanged(hypervisor), isStill(key, stored)],
      writes: [args.schedulable ? remove(key) : put(key, cordoned)],
      result,
    };
  });
}

/** Of the settings that the gateway itself goes by: another value would do nothing, and say nothing. */
function requireUnderstood(key: string, value: string): void {
  if (key === 'schedulable' && value !== 'true' && value !== cordoned) {
    throw badUserInput('value', `${quote(value)} says nothing about schedulable: it must be "true" or "${cordoned}"`);
  }
  if (key === 'agentPort' && !(/^[1-9][0-9]{0,4}$/.test(value) && Number(value) <= highestPort)) {
    throw badUserInput('value', `${quote(value)} is no port: it must be a number from 1 to ${highestPort}`);
  }
}

const highestPort = 65_535;

function requireHypervisor({ loaders }: Context, id: string): Promise<Hypervisor> {
  return requireNode(loaders.HYPERVISOR, uuidOf('hypervisorId', id));
}

function noSetting({ id }: Hypervisor, key: string): GatewayError {
  const message = `The hypervisor ${id} has no setting ${quote(key)}`;
  return new GatewayError('NOT_FOUND', message, { details: { kind: 'CONFIG', id: key } });
}
