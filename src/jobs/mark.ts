/**
 * What a job's record keeps from before its request was sent to the agent, so that whoever goes on after a crash can find out whether
 * the agent got it.
 */
export interface Mark {
  /** The newest job that the agent named then; null when it named none. With agents that tell of all guests it may be another guest's. */
  readonly newestJobId: string | null;
  /** Whether the agent knew the guest already. */
  readonly knewGuest: boolean;
}

const none = 'none';
const knew = 'knew guest, ';

export function encodeMark({ newestJobId, knewGuest }: Mark): string {
  return `${knewGuest ? knew : ''}${newestJobId ?? none}`;
}

export function decodeMark(text: string): Mark {
  const knewGuest = text.startsWith(knew);
  const newest = knewGuest ? text.slice(knew.length) : text;
  return { newestJobId: newest === none ? null : newest, knewGuest };
}
