/** setTimeout fires at once when asked for more than 24.8 days, and takes no notice of a clock that is set: so it looks often. */
const longestWaitMs = 60_000;

interface Expiry {
  readonly moment: Date;
  readonly now: () => Date;
}

/** Calls back once the clock has come to this moment. Answers what stops waiting. It never keeps the process alive. */
export function onceReached({ moment, now }: Expiry, listener: () => void): () => void {
  let timer: NodeJS.Timeout;
  const look = (): void => {
    const leftMs = moment.getTime() - now().getTime();
    if (leftMs <= 0) listener();
    else wait(leftMs);
  };
  const wait = (leftMs: number): void => {
    timer = setTimeout(look, Math.min(leftMs, longestWaitMs));
    timer.unref();
  };
  // Never before it has answered how to stop it.
  wait(Math.max(0, moment.getTime() - now().getTime()));
  return () => clearTimeout(timer);
}

export function isOver({ expiresAt }: { readonly expiresAt: Date | null }, now: Date): boolean {
  return expiresAt !== null && expiresAt.getTime() <= now.getTime();
}
