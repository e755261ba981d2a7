import { Etcd3, type IOptions } from 'etcd3';

export interface EtcdUser {
  readonly user: string;
  readonly password: string;
}

export const etcdRoot: EtcdUser = { user: 'root', password: 'rather secret' };

/** A user who may read and write what begins with a prefix, and nothing else. */
export interface PrefixUser extends EtcdUser {
  readonly prefix: string;
}

/** From here on etcd asks for a password: it knows root, and another user. */
export async function enableAuthentication(
  url: string,
  { user, password, prefix }: PrefixUser,
  options: Pick<IOptions, 'credentials'> = {},
): Promise<void> {
  const client = new Etcd3({ hosts: url, ...options });
  await client.auth.userAdd({ name: etcdRoot.user, password: etcdRoot.password });
  await client.auth.userGrantRole({ user: etcdRoot.user, role: 'root' });
  await client.auth.roleAdd({ name: user });
  // The character behind "/" is "0".
  const range = { key: Buffer.from(prefix), range_end: Buffer.from(prefix.replace(/\/$/, '0')) };
  await client.auth.roleGrantPermission({ name: user, perm: { permType: 'Readwrite', ...range } });
  await client.auth.userAdd({ name: user, password });
  await client.auth.userGrantRole({ user, role: user });
  await client.auth.authEnable();
  client.close();
}
