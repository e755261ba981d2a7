import { isOver } from './expiry.ts';
import type { Viewer } from './viewer.ts';

interface Verified {
  readonly viewer: Viewer;
  readonly verifiedAtMs: number;
}

/** JWTs that were found good; the one that was used longest ago goes first. */
const limit = 10_000;
/** A key that its server has withdrawn opens nothing any more after so long, and what was fetched meanwhile. */
export const verifiedForMs = 600_000;

/** Who JWTs belong to, by their hash, so that a request costs no signature. */
export class VerifiedCache {
  readonly #now: () => Date;
  readonly #verified = new Map<string, Verified>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  get(hash: string): Viewer | null {
    const found = this.#verified.get(hash);
    if (found === undefined) return null;
    this.#verified.delete(hash);
    const now = this.#now();
    if (isOver(found.viewer, now) || Math.abs(now.getTime() - found.verifiedAtMs) > verifiedForMs) return null;
    this.#verified.set(hash, found);
    return found.viewer;
  }

  add(hash: string, viewer: Viewer): void {
    this.#verified.set(hash, { viewer, verifiedAtMs: this.#now().getTime() });
    const [oldest] = this.#verified.keys();
    if (this.#verified.size > limit && oldest !== undefined) this.#verified.delete(oldest);
  }
}
