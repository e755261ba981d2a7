import { type EtcdStoreOptions, openEtcdStore } from '../../src/store/etcd/index.ts';
import type { ReplicaStore } from '../../src/store/replica/index.ts';
import type { Store } from '../../src/store/store.ts';
import type { EtcdServer, EtcdVersion } from './etcd.ts';
import { leaderOf, startEtcdCluster, statusOf } from './etcd-cluster.ts';
import { PeerNetwork } from './peer-network.ts';
import { openLoadedReplica } from './replica.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** What happens to a cluster of three. */
export const clusterFaults = [
  'a follower is paused',
  'the leader is paused',
  'a follower is cut off from the others',
  'the leader is cut off from the others',
  'the leader is cut off from the others and from the gateways',
] as const;
/** While these last there is nobody who could answer. */
export const clusterOutages = ['two members are paused', 'all but the leader, who is cut off, are out of reach'] as const;
export type ClusterFault = (typeof clusterFaults)[number] | (typeof clusterOutages)[number];

export const prefix = 'lochness/';

export interface ShakyClusterOptions {
  readonly version: EtcdVersion;
  /** Of the gateways' stores. */
  readonly requestTimeoutMs: number;
}

/** Three members with a network between them, and gateways' stores with a network of their own: all of it can be broken and healed. */
export class ShakyCluster {
  readonly members: readonly EtcdServer[];
  /** Of two gateways: each asks the members in another order. */
  readonly stores: readonly ReplicaStore[];
  /** Another one, whose connections nobody breaks. */
  readonly outside: Store;
  readonly #network: PeerNetwork;
  /** In front of the members, in their order. */
  readonly #proxies: readonly TcpProxy[];

  private constructor(members: readonly EtcdServer[], parts: Parts) {
    this.members = members;
    this.stores = parts.stores;
    this.outside = parts.outside;
    this.#network = parts.network;
    this.#proxies = parts.proxies;
  }

  static async start({ version, requestTimeoutMs }: ShakyClusterOptions): Promise<ShakyCluster> {
    const network = new PeerNetwork();
    const members = await startEtcdCluster(version, { network: (port) => network.lead(port) });
    const proxies = await Promise.all(members.map(({ port }) => startTcpProxy(port)));
    const endpoints = proxies.map(({ url }) => url);
    const orders = [endpoints, endpoints.toReversed()];
    const stores = await Promise.all(orders.map((order) => openGatewayStore({ endpoints: order, requestTimeoutMs })));
    const outside = openEtcdStore({ endpoints: members.map(({ url }) => url) });
    return new ShakyCluster(members, { network, proxies, stores, outside });
  }

  /** Answers which member led. */
  async break(fault: ClusterFault): Promise<EtcdServer> {
    const leader = await leaderOf(this.members);
    const others = this.members.filter((member) => member !== leader);
    switch (fault) {
      case 'a follower is paused':
        others[0]?.pause();
        break;
      case 'the leader is paused':
        leader.pause();
        break;
      case 'two members are paused':
        for (const member of [leader, ...others.slice(1)]) member.pause();
        break;
      case 'a follower is cut off from the others':
        await this.#cutOff(others[0] ?? leader);
        break;
      case 'the leader is cut off from the others':
        await this.#cutOff(leader);
        break;
      case 'the leader is cut off from the others and from the gateways':
        await this.#cutOff(leader);
        this.#refuse([leader]);
        break;
      case 'all but the leader, who is cut off, are out of reach':
        await this.#cutOff(leader);
        this.#refuse(others);
        break;
    }
    return leader;
  }

  heal(): void {
    this.#network.heal();
    for (const member of this.members) member.resume();
    for (const proxy of this.#proxies) proxy.admit();
  }

  async close(): Promise<void> {
    this.heal();
    for (const store of [...this.stores, this.outside]) await store.close();
    for (const proxy of this.#proxies) await proxy.close();
    for (const member of this.members) await member.close();
    await this.#network.close();
  }

  async #cutOff(member: EtcdServer): Promise<void> {
    const status = await statusOf(member);
    const port = this.#network.ports[this.members.indexOf(member)];
    if (status === null || port === undefined) throw new Error(`${member.url} does not say who it is`);
    this.#network.cutOff({ memberId: status.memberId, port });
  }

  #refuse(members: readonly EtcdServer[]): void {
    for (const member of members) {
      const proxy = this.#proxies[this.members.indexOf(member)];
      proxy?.refuse();
      proxy?.cut();
    }
  }
}

interface Parts {
  readonly network: PeerNetwork;
  readonly proxies: readonly TcpProxy[];
  readonly stores: readonly ReplicaStore[];
  readonly outside: Store;
}

function openGatewayStore(options: EtcdStoreOptions): Promise<ReplicaStore> {
  return openLoadedReplica(openEtcdStore(options), { prefix, readTimeoutMs: 200 });
}
