/** The job can't be done: it ends, and its record says why. The message is for users. */
export class JobFailedError extends Error {
  override readonly name: string = 'JobFailedError';
}

/** There is nobody who could do the job, and nothing left that it could be done to. */
export class HypervisorGoneError extends JobFailedError {}

/**
 * The job is no longer this gateway's to work on: the lease was lost, the gateway stops, or another program broke the record. Whoever
 * claims it next goes on from its record.
 */
export class ClaimLostError extends Error {
  override readonly name = 'ClaimLostError';
}
