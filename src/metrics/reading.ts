/** What is not counted as it happens, but looked at when somebody asks for the metrics. */
export interface Readings {
  /** Whether `/ready` says so. */
  readonly isReady: () => Promise<boolean>;
  readonly eventQueues: () => QueueReading;
  /** Null: this gateway has no replica. */
  readonly replica: (() => Promise<ReplicaReading>) | null;
  /** Null: this gateway does no jobs. */
  readonly work: (() => WorkReading) | null;
  /** How many jobs lie in the store, by status; null where they are not in memory. */
  readonly storedJobs: () => ReadonlyMap<string, number> | null;
}

export interface QueueReading {
  /** Events that wait for all subscribers together. */
  readonly events: number;
  /** Of the subscriber for whom most wait. */
  readonly largest: number;
}

export interface ReplicaReading {
  readonly loads: number;
  readonly probes: number;
  readonly waits: number;
  readonly fallbacks: number;
  /** Null where the store tells no progress. Its revisions are null while nothing is loaded. */
  readonly lag: { readonly revisions: number | null; readonly seconds: number } | null;
}

export interface WorkReading {
  /** Jobs that this gateway has claimed, or is about to. */
  readonly working: number;
  /** Guests whose next job is to be claimed as soon as there is a place. */
  readonly waiting: number;
}
