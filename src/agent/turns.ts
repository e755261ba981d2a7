/** Rejects `take` where too many wait already. */
export class TooManyWaiting extends Error {
  override readonly name = 'TooManyWaiting';
}

export interface TurnsOptions {
  /** That may be taken of one key at once. */
  readonly limit: number;
  /** That may wait for one of them. */
  readonly waitingLimit: number;
}

export interface Turns {
  /**
   * Resolves when it is the caller's turn, first come, first served; the caller must call what it resolves with once its turn is
   * over. Rejects with the signal's reason when that aborts first.
   */
  take(key: string, signal: AbortSignal): Promise<() => void>;
}

interface Place {
  taken: number;
  readonly waiting: Set<() => void>;
}

/** What no more than some may do at once, counted for each key. Keys that nobody has a turn of are forgotten. */
export function openTurns({ limit, waitingLimit }: TurnsOptions): Turns {
  const places = new Map<string, Place>();

  function giveBack(key: string, place: Place): void {
    const [next] = place.waiting;
    if (next === undefined) {
      place.taken--;
      if (place.taken === 0) places.delete(key);
    } else next();
  }

  return {
    async take(key, signal) {
      signal.throwIfAborted();
      const place = places.get(key) ?? { taken: 0, waiting: new Set() };
      places.set(key, place);
      if (place.taken < limit) place.taken++;
      else if (place.waiting.size >= waitingLimit) throw new TooManyWaiting();
      else await turnOf(place, signal);
      return () => giveBack(key, place);
    },
  };
}

/** Whoever gives a turn back hands it to the first who waits: it stays taken. */
function turnOf({ waiting }: Place, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    function begin(): void {
      waiting.delete(begin);
      signal.removeEventListener('abort', leave);
      resolve();
    }
    function leave(): void {
      waiting.delete(begin);
      reject(signal.reason);
    }
    waiting.add(begin);
    signal.addEventListener('abort', leave, { once: true });
  });
}
