/** What a replica did so far. */
export interface ReplicaCounts {
  /** How often everything was read from the store. */
  readonly loads: number;
  /** Questions for the newest revision, each for all who waited when it left. */
  readonly probes: number;
  /** Reads that had to wait for the watch, since the store was ahead of it. */
  readonly waits: number;
  /** Reads that went to the store itself since the watch was too far behind, or nothing was loaded. */
  readonly fallbacks: number;
}
