import type { Job } from '../entities/job.ts';

/** As many hexadecimal digits as every number has that a list is sorted by. */
const hexDigits = 33;

/** When a job came into being, as a text that sorts as the revisions do. */
export function sortKeyOfCreation({ createRevision }: Pick<Job, 'createRevision'>): string {
  return createRevision.toString(16).padStart(hexDigits, '0');
}
