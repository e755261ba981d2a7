import { GatewayError } from '../../src/errors.ts';
import { lossLimit } from '../../src/resolvers/commit/commit.ts';
import { OutcomeUnknownError, type Store, type Transaction } from '../../src/store/store.ts';

/** What becomes of one commit: of its request, and of its reply. */
export const commitFaults = [
  'none',
  'requestLost',
  'requestLate',
  'replyLost',
  'noSpace',
  'noSpaceButDone',
  'unavailable',
] as const;
export type CommitFault = (typeof commitFaults)[number];

export interface UnreliableStore extends Store {
  /** How many transactions were sent. */
  readonly sent: number;
  /** Applies the requests that are late, in the order in which they were sent. */
  arrive(): Promise<void>;
}

/** What happens to a commit; a function is called before one that meets no fault. */
export type CommitScript = readonly (CommitFault | (() => unknown))[];

/** Each commit of a mutation meets this fault, until it is given up; what is asked about it meets none. */
export function lossesOf(fault: CommitFault): CommitScript {
  return Array.from({ length: lossLimit + 1 }, () => [fault, 'none'] as const).flat();
}

/** A store behind a connection that breaks as a script says; without a fault at the end of the script. */
export function unreliableStore(store: Store, script: CommitScript): UnreliableStore {
  const faults = [...script];
  const late: Transaction[] = [];
  let sent = 0;
  return {
    kind: store.kind,
    get sent() {
      return sent;
    },
    async arrive() {
      for (const transaction of late.splice(0)) await store.commit(transaction);
    },
    async commit(transaction) {
      sent += 1;
      const fault = faults.shift() ?? 'none';
      if (typeof fault === 'function') await fault();
      if (fault === 'unavailable') throw new GatewayError('STORE_UNAVAILABLE', 'no connection');
      if (fault === 'noSpace') throw new OutcomeUnknownError('its space is exhausted', { isOver: true });
      if (fault === 'requestLate') late.push(transaction);
      if (fault === 'requestLost' || fault === 'requestLate') throw new OutcomeUnknownError('the connection broke');
      const result = await store.commit(transaction);
      if (fault === 'replyLost') throw new OutcomeUnknownError('the connection broke');
      if (fault === 'noSpaceButDone') throw new OutcomeUnknownError('its space is exhausted', { isOver: true });
      return result;
    },
    read: (request) => store.read(request),
    watch: (request) => store.watch(request),
    grantLease: (ttlSeconds) => store.grantLease(ttlSeconds),
    keepLeaseAlive: (leaseId) => store.keepLeaseAlive(leaseId),
    revokeLease: (leaseId) => store.revokeLease(leaseId),
    leaseTimeToLive: (leaseId) => store.leaseTimeToLive(leaseId),
    status: (signal) => store.status(signal),
    close: () => store.close(),
  };
}
