import { type EtcdServer, type EtcdVersion, startEtcd } from './etcd.ts';
import { freePorts } from './free-port.ts';

/** Three members of one cluster. */
export async function startEtcdCluster(version?: EtcdVersion): Promise<readonly EtcdServer[]> {
  const ports = await freePorts(3);
  const peers = ports.map((port, index) => ({ name: `member-${index}`, url: `http://127.0.0.1:${port}` }));
  const cluster = peers.map(({ name, url }) => `${name}=${url}`).join(',');
  // Of a flag that is given twice etcd takes the last.
  const members = peers.map(({ name, url }) => {
    const flags = [
      `--name=${name}`,
      `--listen-peer-urls=${url}`,
      `--initial-advertise-peer-urls=${url}`,
      `--initial-cluster=${cluster}`,
      '--heartbeat-interval=50',
      '--election-timeout=500',
    ];
    return startEtcd({ flags, ...(version === undefined ? {} : { version }) });
  });
  return Promise.all(members);
}
