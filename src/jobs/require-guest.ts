import type { Context } from '../context.ts';
import type { Guest } from '../store/entities/guest.ts';
import { JobFailedError } from './job-error.ts';

/** The guest of a job. Its record went where another program removed it while the job was under way. */
export async function requireGuest({ loaders }: Context, guestId: string): Promise<Guest> {
  const guest = await loaders.GUEST.get(guestId);
  if (guest === null) throw new JobFailedError(`There is no guest ${guestId} any more`);
  return guest;
}
