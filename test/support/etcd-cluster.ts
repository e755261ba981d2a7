import { Connection } from '../../src/store/etcd/connection.ts';
import { clientOptions } from '../../src/store/etcd/options.ts';
import { type EtcdServer, type EtcdVersion, startEtcd } from './etcd.ts';
import { freePorts } from './free-port.ts';

export interface ClusterOptions {
  /** More flags of each member. */
  readonly flags?: readonly string[];
  /** What lies between members: for the port that one listens on, the port that the others know it by. */
  readonly network?: (port: number) => Promise<number>;
}

/** Three members of one cluster. */
export async function startEtcdCluster(
  version?: EtcdVersion,
  { flags: more = [], network = async (port) => port }: ClusterOptions = {},
): Promise<readonly EtcdServer[]> {
  const ports = await freePorts(3);
  const peers = await Promise.all(
    ports.map(async (port, index) => ({ name: `member-${index}`, port, url: `http://127.0.0.1:${await network(port)}` })),
  );
  const cluster = peers.map(({ name, url }) => `${name}=${url}`).join(',');
  // Of a flag that is given twice etcd takes the last.
  const members = peers.map(({ name, port, url }) => {
    const flags = [
      `--name=${name}`,
      `--listen-peer-urls=http://127.0.0.1:${port}`,
      `--initial-advertise-peer-urls=${url}`,
      `--initial-cluster=${cluster}`,
      '--heartbeat-interval=50',
      '--election-timeout=500',
      ...more,
    ];
    return startEtcd({ flags, ...(version === undefined ? {} : { version }) });
  });
  return Promise.all(members);
}

export interface MemberStatus {
  /** In hexadecimal digits, as members write it when they talk to each other. */
  readonly memberId: string;
  readonly isLeader: boolean;
  /** Whoever leads in a higher one was elected later. */
  readonly term: number;
}

const statusTimeoutMs = 500;

/** Null when it does not answer. */
export async function statusOf({ url }: EtcdServer): Promise<MemberStatus | null> {
  const connection = new Connection(clientOptions({ endpoints: [] }, url));
  try {
    const { header, leader, raftTerm } = await connection.status({ deadline: performance.now() + statusTimeoutMs });
    return { memberId: BigInt(header.member_id).toString(16), isLeader: leader === header.member_id, term: Number(raftTerm) };
  } catch {
    return null;
  } finally {
    await connection.close();
  }
}

/** The member that leads; waits until there is one. */
export async function leaderOf(members: readonly EtcdServer[]): Promise<EtcdServer> {
  for (;;) {
    const statuses = await Promise.all(members.map(async (member) => ({ member, status: await statusOf(member) })));
    const leaders = statuses.flatMap(({ member, status }) => (status?.isLeader === true ? [{ member, term: status.term }] : []));
    const [newest] = leaders.toSorted((one, other) => other.term - one.term);
    if (newest !== undefined) return newest.member;
  }
}
