import { GatewayError, messageOf } from '../../errors.ts';
import type { Revision } from '../store.ts';

/** What a call to etcd can end in, told apart by what the store does about it. */
export type FailureKind =
  /** No connection, or it broke, or the server said that it can't answer now. */
  | 'unreachable'
  /** No answer in time. */
  | 'silent'
  /** The reply is larger than this client takes. */
  | 'tooLarge'
  | 'compacted'
  | 'futureRevision'
  | 'leaseNotFound'
  | 'leaseExists'
  /** The token of a user's password is not, or no longer, valid: a new one may be. Nothing was done. */
  | 'tokenInvalid'
  | 'authNotEnabled'
  /** Its database is as large as it may become. Of a write that comes just then it says so although it has done it. */
  | 'noSpace'
  /** The server refused the request. Nothing was done. */
  | 'refused'
  /** Whatever else: nobody knows what was done. */
  | 'broken';

/** An error of etcd or gRPC, behind the door that this file is: nobody else looks at status codes or message text. */
export class EtcdFailure extends Error {
  override readonly name = 'EtcdFailure';
  readonly kind: FailureKind;
  /** Of `compacted`, when etcd said it. */
  readonly oldestRevision: Revision | null;

  constructor(kind: FailureKind, message: string, options: ErrorOptions & { readonly oldestRevision?: Revision } = {}) {
    super(message, options);
    this.kind = kind;
    this.oldestRevision = options.oldestRevision ?? null;
  }
}

const transient: ReadonlySet<FailureKind> = new Set(['unreachable', 'silent', 'broken']);

/** A failure of an endpoint, not of the request: another endpoint, or the same one later, may do better. */
export function isTransient({ kind }: EtcdFailure): boolean {
  return transient.has(kind);
}

/** It was reached, and an operator has to do something before it will do what it is asked. */
export function isRefusal(error: unknown): error is EtcdFailure {
  return error instanceof EtcdFailure && (error.kind === 'refused' || error.kind === 'tokenInvalid');
}

/** The status codes of gRPC: https://grpc.io/docs/guides/status-codes/ */
const code = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  outOfRange: 11,
  unavailable: 14,
  unauthenticated: 16,
} as const;

const refusals: ReadonlySet<number> = new Set([
  code.invalidArgument,
  code.notFound,
  code.alreadyExists,
  code.permissionDenied,
  code.resourceExhausted,
  code.failedPrecondition,
  code.outOfRange,
  code.unauthenticated,
]);

/** etcd gives these no code of their own. test/store/etcd-errors.test.ts pins each text on etcd 3.4 and 3.5. */
const texts: readonly (readonly [text: string, kind: FailureKind])[] = [
  ['etcdserver: mvcc: required revision has been compacted', 'compacted'],
  ['etcdserver: mvcc: required revision is a future revision', 'futureRevision'],
  ['etcdserver: requested lease not found', 'leaseNotFound'],
  ['etcdserver: lease already exists', 'leaseExists'],
  ['etcdserver: invalid auth token', 'tokenInvalid'],
  ['etcdserver: revision of auth store is old', 'tokenInvalid'],
  ['etcdserver: user name is empty', 'tokenInvalid'],
  ['etcdserver: authentication is not enabled', 'authNotEnabled'],
  ['etcdserver: mvcc: database space exceeded', 'noSpace'],
  // This one is grpc-js's own; a request that the server finds too large reads "grpc: received message larger than max".
  ['Received message larger than max', 'tooLarge'],
  // And so are these, of a connection or stream that HTTP/2 itself ended (ENHANCE_YOUR_CALM, INADEQUATE_SECURITY): no answer of etcd.
  ['Bandwidth exhausted or memory limit exceeded', 'broken'],
  ['Protocol not secure enough', 'broken'],
];

/** Where etcd's own words say little. */
const plainly: Partial<Record<FailureKind, string>> = {
  silent: 'it gave no answer in time',
  noSpace: 'its space is exhausted (alarm NOSPACE): somebody has to compact and defragment it, and then to disarm the alarm',
};

export function etcdFailure(error: unknown): EtcdFailure {
  if (error instanceof EtcdFailure) return error;
  const { status, details } = statusOf(error);
  const kind = failureKind(status, details);
  return new EtcdFailure(kind, plainly[kind] ?? details, { cause: error });
}

function failureKind(status: number | null, details: string): FailureKind {
  const known = texts.find(([text]) => details.startsWith(text));
  if (known !== undefined) return known[1];
  if (status === code.unavailable) return 'unreachable';
  if (status === code.deadlineExceeded) return 'silent';
  return status !== null && refusals.has(status) ? 'refused' : 'broken';
}

/** The reason that a watch was cancelled with, of which only the text travels. */
export function watchRefusal(reason: string): EtcdFailure {
  const details = reason.replace(/^rpc error: code = \w+ desc = /, '');
  const known = texts.find(([text]) => details.startsWith(text));
  return new EtcdFailure(known?.[1] ?? 'refused', details === '' ? 'the watch was cancelled without a reason' : details);
}

function statusOf(error: unknown): { readonly status: number | null; readonly details: string } {
  if (error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error) {
    const details = String(error.details)
      .replaceAll(/\s+/g, ' ')
      .replace(/ Resolution note: $/, '');
    return { status: error.code, details: handshakeFailure(details) ?? details };
  }
  return { status: null, details: messageOf(error) };
}

/** What OpenSSL and Node say when a connection ends before it begins, and what that means here. */
const handshakeTexts: readonly (readonly [text: RegExp, meaning: string])[] = [
  [/alert certificate required/, 'it demands a certificate of the client, and none was shown'],
  [/alert bad certificate/, 'it takes no certificate that was shown to it, or demands one'],
  [/alert (unknown ca|certificate unknown|unsupported certificate|certificate expired)/, "it refuses the client's certificate"],
  [
    /unable to (verify the first|get (local )?issuer) certificate|self-signed certificate/,
    'no authority that is known vouches for its certificate',
  ],
  [/certificate has expired/, 'its certificate has expired'],
  [/Hostname\/IP does not match certificate's altnames/, 'its certificate is for other names than the address that was given'],
];

function handshakeFailure(details: string): string | null {
  const known = handshakeTexts.find(([text]) => text.test(details));
  if (known === undefined) return null;
  const [, alert] = /:(?:tlsv1\d?|sslv3) (alert [a-z ]+):/.exec(details) ?? [];
  return alert === undefined ? known[1] : `${known[1]} (${alert})`;
}

export function storeUnavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('STORE_UNAVAILABLE', message, { cause });
}

export function storeClosed(): GatewayError {
  return storeUnavailable('The connection to etcd was closed');
}

/** `oldest` is the oldest revision that can still be read, when it is known. */
export function revisionCompacted(revision: Revision, oldest: Revision | null, cause?: unknown): GatewayError {
  const hint = oldest === null ? '' : `; the oldest that it still has is ${oldest}`;
  return new GatewayError('REVISION_COMPACTED', `etcd no longer has its history at revision ${revision}${hint}`, {
    details: oldest === null ? {} : { oldestRevision: oldest },
    cause,
  });
}
