import { etcdVersions, findEtcd } from './etcd-binary.ts';

/** Once for a run, before the first test file: so that a machine without etcd hears it once, in one message. */
export async function setup(): Promise<void> {
  for (const version of etcdVersions) await findEtcd(version);
}
