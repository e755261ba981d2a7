import { resolve } from 'node:path';
import { z } from 'zod';
import type { Given } from './given.ts';
import { checkAuthorities, checkKeyPair } from './key-pair.ts';
import type { OptionName, optionValues } from './option.ts';

/** The store of a gateway. */
export type StoreConfig = { readonly kind: 'memory' } | SharedStoreConfig;

/** A store that outlives a command. */
export type SharedStoreConfig = FolderConfig | EtcdConfig;

interface FolderConfig {
  readonly kind: 'data-dir';
  readonly dataDir: string;
}

interface EtcdConfig {
  readonly kind: 'etcd';
  readonly endpoints: readonly string[];
  readonly login: { readonly user: string; readonly password: string } | null;
  /** PEM text; null: what the system trusts. */
  readonly ca: string | null;
  /** PEM texts of the client's own. */
  readonly certificate: { readonly cert: string; readonly key: string } | null;
}

const stores = ['etcd', 'dataDir', 'memory'] as const satisfies OptionName[];
const tlsOptions = ['etcdCa', 'etcdCert', 'etcdKey'] as const satisfies OptionName[];
const onlyForEtcd = ['etcdUser', 'etcdPasswordFile', ...tlsOptions] as const satisfies OptionName[];
const pairs = [
  ['etcdUser', 'etcdPasswordFile'],
  ['etcdCert', 'etcdKey'],
] as const satisfies OptionName[][];

/** Forgets the environment's store where a flag names one; more than one that are left are the caller's mistake. */
export function settleStores(given: Given): readonly OptionName[] {
  return given.settle(stores);
}

/** What is wrong between the options that choose a store. */
export function checkStoreOptions(given: Given): readonly string[] {
  const chosen = settleStores(given);
  const labels = chosen.map((name) => given.label(name));
  const rivals = chosen.length > 1 ? [`${labels.join(' and ')}: only one store can be used at a time`] : [];
  if (given.has('etcd')) return [...rivals, ...unpaired(given), ...tlsWithoutHttps(given)];
  // The environment speaks of its own etcd; with another store chosen by a flag that is beside the point.
  if (stores.some((name) => given.isFlag(name))) given.forget(onlyForEtcd.filter((name) => !given.isFlag(name)));
  const stray = onlyForEtcd.filter((name) => given.has(name));
  return [...rivals, ...stray.map((name) => `${given.label(name)}: it is for --etcd only`)];
}

const pemTexts = z.object({
  etcdCa: z.optional(z.string()),
  etcdCert: z.optional(z.string()),
  etcdKey: z.optional(z.string()),
});

/** What is wrong with what the files hold. They are not read for it once more: of a pipe nothing would be left. */
export function checkStoreFiles(given: Given, values: object): readonly string[] {
  if (!given.has('etcd')) return [];
  const { etcdCa, etcdCert, etcdKey } = pemTexts.parse(values);
  const pair = { cert: { option: 'etcdCert', text: etcdCert }, key: { option: 'etcdKey', text: etcdKey } } as const;
  return [...checkAuthorities(given, { option: 'etcdCa', text: etcdCa }), ...checkKeyPair(given, pair)];
}

function unpaired(given: Given): string[] {
  return pairs.flatMap(([left, right]) => {
    if (given.has(left) === given.has(right)) return [];
    const [there, missing] = given.has(left) ? ([left, right] as const) : ([right, left] as const);
    return [`${given.label(there)}: it needs ${given.label(missing)} too`];
  });
}

function tlsWithoutHttps(given: Given): string[] {
  if (!/^\s*http:/.test(given.text('etcd') ?? '')) return [];
  return tlsOptions
    .filter((name) => given.has(name))
    .map((name) => `${given.label(name)}: it is for https:// addresses of --etcd`);
}

type StoreValues = Partial<Pick<z.output<typeof optionValues>, (typeof stores)[number] | (typeof onlyForEtcd)[number]>>;

/** The store that was chosen, a store in memory aside; null when none was. */
export function chosenStore(values: StoreValues): SharedStoreConfig | null {
  const { etcd, dataDir, etcdUser, etcdPasswordFile, etcdCa, etcdCert, etcdKey } = values;
  if (dataDir !== undefined) return { kind: 'data-dir', dataDir };
  if (etcd === undefined) return null;
  return {
    kind: 'etcd',
    endpoints: etcd,
    login: etcdUser === undefined || etcdPasswordFile === undefined ? null : { user: etcdUser, password: etcdPasswordFile },
    ca: etcdCa ?? null,
    certificate: etcdCert === undefined || etcdKey === undefined ? null : { cert: etcdCert, key: etcdKey },
  };
}

/** Where nobody says otherwise. */
export function defaultStore(): SharedStoreConfig {
  return { kind: 'data-dir', dataDir: resolve('data') };
}
