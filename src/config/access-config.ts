import type { z } from 'zod';
import type { RoleMapping } from './access-value.ts';
import type { Given } from './given.ts';
import { checkKeyPair } from './key-pair.ts';
import { flagOf, type OptionName, type optionValues } from './option.ts';
import type { StoreConfig } from './store-config.ts';
import { isHost, isLoopback, pemFile } from './value.ts';

/** Who is let in. */
export interface AccessConfig {
  /** What shows who somebody is; empty: everybody may do everything. */
  readonly credentials: readonly ('token' | 'jwt')[];
  /** Null where none is taken. */
  readonly jwt: JwtConfig | null;
  /** Names in the Host header, besides addresses and localhost, where nobody has to show who he is. */
  readonly allowedHosts: readonly string[];
}

export interface JwtConfig {
  readonly issuer: string;
  readonly audience: string;
  /** Where the keys are: at an address, or the text of a file (PEM, JWK or JWKS). */
  readonly keys: { readonly jwksUrl: string } | { readonly path: string; readonly text: string };
  readonly roleClaim: string;
  /** Empty: the claim names the role itself. */
  readonly roleMap: readonly RoleMapping[];
  readonly hypervisorClaim: string;
}

/** Paths of PEM files. */
export interface TlsConfig {
  readonly certificatePath: string;
  readonly keyPath: string;
}

const jwtOptions = [
  'jwtIssuer',
  'jwtAudience',
  'jwtJwksUrl',
  'jwtKeyFile',
  'jwtRoleClaim',
  'jwtRoleMap',
  'jwtHypervisorClaim',
] as const satisfies OptionName[];
const keySources = ['jwtJwksUrl', 'jwtKeyFile'] as const satisfies OptionName[];
const tlsPair = ['tlsCert', 'tlsKey'] as const satisfies OptionName[];

/** What is wrong between the options that say who is let in. */
export function checkAccessOptions(given: Given): readonly string[] {
  const isAsked = authWords(given).some((word) => word === 'token' || word === 'jwt');
  const isExposed = !isAsked && !given.has('insecureNoAuth');
  const remedy = '--auth none lets everybody do everything: give --auth token or --auth jwt, or say --insecure-no-auth';
  return [...(isExposed ? requireLoopback(given, remedy) : []), ...checkJwt(given), ...checkTls(given)];
}

/** The demo lets everybody in. */
export function checkDemoHost(given: Given): readonly string[] {
  return requireLoopback(given, 'the demo lets everybody do everything');
}

function requireLoopback(given: Given, reason: string): string[] {
  const host = given.text('host');
  // What is no host at all is told by itself.
  if (host === undefined || isLoopback(host) || !isHost(host)) return [];
  return [`${given.label('host')}: ${JSON.stringify(host)} is not loopback, and ${reason}`];
}

function checkJwt(given: Given): string[] {
  const takesJwt = authWords(given).includes('jwt');
  if (!takesJwt) {
    return jwtOptions.filter((name) => given.has(name)).map((name) => `${given.label(name)}: it is for --auth jwt only`);
  }
  const sources = given.settle(keySources);
  const missing = (['jwtIssuer', 'jwtAudience'] as const).filter((name) => !given.has(name));
  return [
    ...missing.map((name) => `${given.label('auth')}: jwt needs ${flagOf(name)} too`),
    ...(sources.length === 0 ? [`${given.label('auth')}: jwt needs ${keySources.map(flagOf).join(' or ')} too`] : []),
    ...(sources.length > 1
      ? [`${sources.map((name) => given.label(name)).join(' and ')}: the keys can be at one place only`]
      : []),
  ];
}

function checkTls(given: Given): string[] {
  const [there] = tlsPair.filter((name) => given.has(name));
  const [missing] = tlsPair.filter((name) => !given.has(name));
  if (there === undefined || missing === undefined) {
    const cert = pemFile('CERTIFICATE').safeParse(given.text('tlsCert')).data;
    const key = pemFile('PRIVATE KEY').safeParse(given.text('tlsKey')).data;
    return checkKeyPair(given, { cert: { option: 'tlsCert', text: cert }, key: { option: 'tlsKey', text: key } });
  }
  return [`${given.label(there)}: it needs ${given.label(missing)} too`];
}

function authWords(given: Given): readonly string[] {
  return (given.text('auth') ?? '').split(',').map((word) => word.trim());
}

type AccessValues = Pick<
  z.output<typeof optionValues>,
  'auth' | 'allowedHost' | 'tlsCert' | 'tlsKey' | (typeof jwtOptions)[number]
>;

export const openAccess: AccessConfig = { credentials: [], jwt: null, allowedHosts: [] };

export function accessConfig(values: AccessValues): AccessConfig {
  return { credentials: values.auth, jwt: jwtConfig(values), allowedHosts: values.allowedHost ?? [] };
}

export interface AccessPlace {
  readonly store: StoreConfig;
  /** What it listens on. */
  readonly host: string;
  readonly tls: TlsConfig | null;
}

/** What the operator may not have meant, though it works. */
export function accessWarnings({ credentials, jwt }: AccessConfig, { store, host, tls }: AccessPlace): readonly string[] {
  const warnings: string[] = [];
  // No other process reaches what is in the memory of this one, `token create` neither.
  if (store.kind === 'memory' && credentials.includes('token')) {
    warnings.push('--auth token lets nobody in by a token: none can be made in a store in memory');
  }
  if (credentials.length > 0 && tls === null && !isLoopback(host)) {
    warnings.push(
      `Credentials come in clear text to ${host}: give --tls-cert and --tls-key, unless all clients come through a proxy that does TLS`,
    );
  }
  if (jwt !== null && 'jwksUrl' in jwt.keys && isOpenToChange(jwt.keys.jwksUrl)) {
    warnings.push('--jwt-jwks-url is no https address: whoever can change its answers on their way lets in whom he likes');
  }
  return warnings;
}

function isOpenToChange(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  // IPv6 stands in brackets there.
  return protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

function jwtConfig(values: AccessValues): JwtConfig | null {
  const { auth, jwtIssuer: issuer, jwtAudience: audience, jwtJwksUrl, jwtKeyFile } = values;
  if (!auth.includes('jwt') || issuer === undefined || audience === undefined) return null;
  const keys = jwtJwksUrl === undefined ? (jwtKeyFile ?? { path: '', text: '' }) : { jwksUrl: jwtJwksUrl };
  const { jwtRoleClaim: roleClaim, jwtRoleMap: roleMap = [], jwtHypervisorClaim: hypervisorClaim } = values;
  return { issuer, audience, keys, roleClaim, roleMap, hypervisorClaim };
}

export function tlsConfig({ tlsCert, tlsKey }: Pick<AccessValues, 'tlsCert' | 'tlsKey'>): TlsConfig | null {
  return tlsCert === undefined || tlsKey === undefined ? null : { certificatePath: tlsCert, keyPath: tlsKey };
}
