import { createSecureContext, rootCertificates } from 'node:tls';
import type { IOptions } from 'etcd3';
import { messageOf } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Key } from '../range.ts';

export interface EtcdStoreOptions {
  /** Such as `http://10.0.0.1:2379`; all with the same scheme, all of one cluster. */
  readonly endpoints: readonly string[];
  readonly user?: string;
  readonly password?: string;
  /** PEM. With `https` only; the authorities that servers are checked against, absent: the well-known ones. */
  readonly ca?: Buffer;
  /** PEM. The certificate that the client shows, and its key. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /**
   * A key that the user may read, for the cheapest proof of the newest revision; nothing need lie there. Absent: one that only
   * users with rights on all keys may read.
   */
  readonly probeKey?: Key;
  /** No call waits longer than this for etcd. */
  readonly requestTimeoutMs?: number;
  readonly log?: Logger;
}

export const defaultRequestTimeoutMs = 5000;
/** No key of ours begins with a zero byte. */
export const defaultProbeKey: Key = '\0';

/** Larger replies are asked for again in smaller parts. A page aims far below it; one key and its value must fit. */
export const receiveLimitBytes = 32 * 1024 * 1024;

/** The names are those of grpc-js, which ignores what it does not know. */
const channelOptions: NonNullable<IOptions['grpcOptions']> = {
  'grpc.max_receive_message_length': receiveLimitBytes,
  // A server that goes away without a word under a watch is noticed within 15 s. etcd closes a connection that pings more often than
  // every 5 s, and one that pings without a call at all: so grpc.keepalive_permit_without_calls must stay 0.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 500,
  // Whether a call may be repeated is decided in cluster.ts alone.
  'grpc.enable_retries': 0,
  // etcd is a neighbour: a proxy in the environment is not meant for it.
  'grpc.enable_http_proxy': 0,
  // Without it, clients of the same endpoint share a TCP connection behind the scenes, and a new one gets the old one's again.
  'grpc.use_local_subchannel_pool': 1,
};

/** What etcd3 is told for one connection to an endpoint. */
export function clientOptions(options: EtcdStoreOptions, endpoint: string): IOptions {
  const { ca, cert, key } = options;
  const credentials = {
    rootCertificate: ca ?? Buffer.from(rootCertificates.join('\n')),
    ...(key === undefined ? {} : { privateKey: key }),
    ...(cert === undefined ? {} : { certChain: cert }),
  };
  return {
    hosts: [endpoint],
    grpcOptions: channelOptions,
    ...(endpoint.startsWith('https:') ? { credentials } : {}),
  };
}

/** The endpoints as `scheme://host:port`. Refuses, with a RangeError that names it, what can't be one. */
export function checkOptions(options: EtcdStoreOptions): readonly string[] {
  const { endpoints, user, password, ca, cert, key } = options;
  if (endpoints.length === 0) throw new RangeError('etcd needs at least one endpoint, such as http://127.0.0.1:2379');
  const checked = [...new Set(endpoints.map(checkEndpoint))];
  const secure = checked.filter((endpoint) => endpoint.startsWith('https:'));
  if (secure.length > 0 && secure.length < checked.length) {
    throw new RangeError(`etcd's endpoints must be all http or all https: ${checked.join(', ')}`);
  }
  if (secure.length === 0 && (ca ?? cert ?? key) !== undefined) {
    throw new RangeError(`Certificates are of use with https endpoints only: ${checked.join(', ')}`);
  }
  if ((cert === undefined) !== (key === undefined)) throw new RangeError('A client certificate and its key come together');
  if ((user === undefined) !== (password === undefined)) throw new RangeError('A user of etcd and the password come together');
  try {
    createSecureContext({ ca, cert, key });
  } catch (error) {
    // A connection would fail so, where nobody waits for it.
    throw new RangeError(`The certificates for etcd can't be used: ${messageOf(error)}`);
  }
  return checked;
}

function checkEndpoint(text: string): string {
  const [, scheme = 'http', host, port = '2379'] =
    /^(?:(https?):\/\/)?([\w.-]+|\[[0-9a-fA-F:.]+\])(?::([0-9]{1,5}))?\/?$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    throw new RangeError(`${JSON.stringify(text)} is no endpoint of etcd; one looks like http://127.0.0.1:2379`);
  }
  return `${scheme}://${host}:${port}`;
}
