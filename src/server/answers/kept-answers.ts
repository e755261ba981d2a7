import type { Revision } from '../../store/store.ts';
import type { Flight } from './flight.ts';

/** Of all answers that are kept, with what is noted of them. */
export const keptBytes = 32 * 1024 * 1024;
/** A larger one is not kept: it would push out too many others. */
export const largestKeptBytes = 2 * 1024 * 1024;
/** Beside its text. */
const bytesOfEntry = 256;

/**
 * Answers of one revision, the newest that anybody has come to, by the hash of their question. Who asks later is never answered at an older
 * one, so with the revision all of them go. Of too many, the one that was not asked for the longest goes first.
 */
export class KeptAnswers {
  readonly #answers = new Map<string, Buffer>();
  readonly #flights = new Map<string, Flight>();
  #revision: Revision = 0;
  #bytes = 0;

  /** False where others have come further already: an answer of that revision is nobody else's. */
  reach(revision: Revision): boolean {
    if (revision > this.#revision) {
      this.clear();
      this.#revision = revision;
    }
    return revision === this.#revision;
  }

  clear(): void {
    this.#answers.clear();
    this.#flights.clear();
    this.#bytes = 0;
    this.#revision = 0;
  }

  get(hash: string): Buffer | undefined {
    const answer = this.#answers.get(hash);
    if (answer !== undefined) {
      this.#answers.delete(hash);
      this.#answers.set(hash, answer);
    }
    return answer;
  }

  keep(hash: string, { revision, body }: { readonly revision: Revision; readonly body: Buffer }): void {
    if (revision !== this.#revision || body.byteLength > largestKeptBytes || this.#answers.has(hash)) return;
    this.#answers.set(hash, body);
    this.#bytes += body.byteLength + bytesOfEntry;
    for (const [oldest, { byteLength }] of this.#answers) {
      if (this.#bytes <= keptBytes) return;
      this.#answers.delete(oldest);
      this.#bytes -= byteLength + bytesOfEntry;
    }
  }

  /** The execution that is under way for this question; null when there is none that goes on. */
  flight(hash: string): Flight | null {
    const flight = this.#flights.get(hash);
    return flight === undefined || flight.signal.aborted ? null : flight;
  }

  depart(hash: string, flight: Flight): void {
    this.#flights.set(hash, flight);
  }

  land(hash: string, flight: Flight): void {
    if (this.#flights.get(hash) === flight) this.#flights.delete(hash);
  }

  get size(): number {
    return this.#answers.size;
  }

  get bytes(): number {
    return this.#bytes;
  }
}
