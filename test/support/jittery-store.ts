import type { Store } from '../../src/store/store.ts';

const mostTurns = 6;

/** A store whose calls take turns as chance has it, so that mutations that run together meet at all points. */
export function jitteryStore(store: Store, random: () => number): Store {
  const pause = async () => {
    for (let turns = Math.floor(random() * mostTurns); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    kind: store.kind,
    async read(request) {
      await pause();
      return store.read(request);
    },
    async commit(transaction) {
      await pause();
      return store.commit(transaction);
    },
    watch: (request) => store.watch(request),
    grantLease: (ttlSeconds) => store.grantLease(ttlSeconds),
    keepLeaseAlive: (leaseId) => store.keepLeaseAlive(leaseId),
    revokeLease: (leaseId) => store.revokeLease(leaseId),
    leaseTimeToLive: (leaseId) => store.leaseTimeToLive(leaseId),
    status: (signal) => store.status(signal),
    close: () => store.close(),
  };
}
