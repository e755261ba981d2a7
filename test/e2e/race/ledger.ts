import { isDeepStrictEqual } from 'node:util';
import { AnswerMeter } from './answer-meter.ts';

/** What a gateway answered to one request. */
export type Reply<T> =
  | { readonly outcome: 'done'; readonly answer: T }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string };

/** Refusals that may come of a race. Anything else is a complaint. */
const expectedCodes: Readonly<Record<string, readonly string[]>> = {
  createGuest: ['CONFLICT', 'NO_CANDIDATES', 'NOT_FOUND', 'ALREADY_EXISTS'],
  placeGuest: ['CONFLICT', 'NO_CANDIDATES', 'NOT_FOUND', 'INVALID_STATE'],
  unplaceGuest: ['CONFLICT', 'NOT_FOUND', 'INVALID_STATE'],
  updateGuest: ['CONFLICT', 'NOT_FOUND', 'INVALID_STATE'],
  deleteGuest: ['CONFLICT', 'NOT_FOUND'],
  reserveAddress: ['CONFLICT', 'NOT_FOUND', 'INVALID_STATE', 'NO_ADDRESS_AVAILABLE', 'BAD_USER_INPUT'],
  releaseAddress: ['CONFLICT', 'NOT_FOUND', 'IN_USE'],
  heartbeat: ['CONFLICT'],
  createFlavor: ['CONFLICT', 'ALREADY_EXISTS'],
  updateFlavor: ['CONFLICT', 'NOT_FOUND', 'IN_USE'],
  deleteFlavor: ['CONFLICT', 'NOT_FOUND', 'IN_USE'],
  createFirewallGroup: ['CONFLICT', 'ALREADY_EXISTS', 'NOT_FOUND'],
  updateFirewallGroup: ['CONFLICT', 'NOT_FOUND'],
  deleteFirewallGroup: ['CONFLICT', 'NOT_FOUND', 'IN_USE'],
  createSubnet: ['CONFLICT', 'ALREADY_EXISTS', 'BAD_USER_INPUT'],
  deleteSubnet: ['CONFLICT', 'NOT_FOUND', 'IN_USE'],
  addSubnetToNetwork: ['CONFLICT', 'NOT_FOUND', 'INVALID_STATE'],
  removeSubnetFromNetwork: ['CONFLICT', 'NOT_FOUND', 'INVALID_STATE', 'IN_USE'],
  attachSubnet: ['CONFLICT', 'NOT_FOUND', 'IN_USE'],
  detachSubnet: ['CONFLICT', 'NOT_FOUND', 'IN_USE'],
};

/** What the writers were told, to be held against what the store holds in the end. */
export class Ledger {
  readonly createdGuests = new Set<string>();
  readonly deletedGuests = new Set<string>();
  /** Guests of the writer that knows nothing of gateways: those there are, and all that ever were. */
  readonly foreignGuests = { living: new Set<string>(), ever: new Set<string>() };
  /** Answers that should not have been given. */
  readonly complaints: string[] = [];
  /** How often an unanswered request was sent again. */
  resent = 0;
  readonly answers = new AnswerMeter();
  readonly #counts = new Map<string, number>();
  #total = 0;
  #waiting: { readonly total: number; readonly reached: () => void }[] = [];

  /** Counts each operation once, however often it was sent. */
  count(field: string, reply: Reply<unknown>): void {
    const name = `${field} ${reply.outcome === 'done' ? 'done' : reply.code}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#total += 1;
    for (const { reached } of this.#waiting.filter(({ total }) => total <= this.#total)) reached();
    this.#waiting = this.#waiting.filter(({ total }) => total > this.#total);
    if (reply.outcome === 'refused' && expectedCodes[field]?.includes(reply.code) !== true) {
      this.complaints.push(`${field} was answered ${reply.code}: ${reply.message}`);
    }
  }

  /** When so many more operations were answered. */
  after(operations: number): Promise<void> {
    return new Promise((reached) => this.#waiting.push({ total: this.#total + operations, reached }));
  }

  /** Two answers to one request with an idempotency key. */
  compare(field: string, first: Reply<unknown>, second: Reply<unknown>): void {
    if (first.outcome === 'refused' || second.outcome === 'refused') return;
    if (isDeepStrictEqual(first.answer, second.answer)) return;
    this.complaints.push(`${field} was done, repeated, and answered otherwise: ${JSON.stringify([first.answer, second.answer])}`);
  }

  /** Of operations of a field, or of all, that ended so. */
  countOf(outcome: string, field?: string): number {
    let sum = 0;
    for (const [name, count] of this.#counts) {
      const [its = '', end = ''] = name.split(' ');
      if (end === outcome && (field === undefined || its === field)) sum += count;
    }
    return sum;
  }

  summary(): string {
    const byField = new Map<string, string[]>();
    for (const [name, count] of [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [field = '', outcome = ''] = name.split(' ');
      byField.set(field, [...(byField.get(field) ?? []), `${outcome} ${count}`]);
    }
    return [...byField].map(([field, outcomes]) => `${field}: ${outcomes.join(', ')}`).join('; ');
  }
}
