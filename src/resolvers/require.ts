import { GatewayError } from '../errors.ts';
import type { Entity } from '../store/entities/entity.ts';
import { type NodeKind, nodeId } from '../store/keys.ts';
import type { KindLoader } from '../store/kind-loader.ts';

/** Kinds as messages call them. */
const nouns: Readonly<Record<NodeKind, string>> = {
  NETWORK: 'network',
  SUBNET: 'subnet',
  HYPERVISOR: 'hypervisor',
  GUEST: 'guest',
  FLAVOR: 'flavor',
  FIREWALL_GROUP: 'firewall group',
  VLAN: 'VLAN',
  VLAN_GROUP: 'VLAN group',
  JOB: 'job',
  CONFIG: 'config entry',
};

export function nounOf(kind: NodeKind): string {
  return nouns[kind];
}

/** The node of that name (see Directory). Fails with NOT_FOUND when there is none, with BROKEN_RECORD when it can't be read. */
export async function requireNode<T extends Entity>(loader: KindLoader<T>, name: string): Promise<T> {
  const node = await loader.get(name);
  if (node === null) throw notFound(loader.kind, name);
  return node;
}

/** The message may say more: that a node is not where it was looked for. */
export function notFound(kind: NodeKind, name: string, message = `There is no ${nouns[kind]} ${name}`): GatewayError {
  return new GatewayError('NOT_FOUND', message, { details: { kind, id: nodeId(kind, name) } });
}
