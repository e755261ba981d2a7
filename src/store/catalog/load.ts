/** What a hypervisor's guests add up to, for as long as that stays as it is. What was computed of it can be kept by it. */
export interface HypervisorLoad {
  /** What it came from; null: not kept, or too different to be of use. */
  readonly before: LoadChange | null;
  /** What it came from is not needed any more: what there was to compute from that is computed. */
  settle(): void;
}

/** All that is different in the load that came from this one: a guest, or links to it. */
export interface LoadChange {
  readonly load: HypervisorLoad;
  readonly guestId: string;
}

/** So many changes are no shorter than to look at all guests, and so much of the past is held at most. */
const mostChanges = 32;

export class Load implements HypervisorLoad {
  #before: (LoadChange & { readonly load: Load }) | null;
  /** How many changes it is away from one that came from nothing. */
  readonly #changes: number;

  constructor(before: (LoadChange & { readonly load: Load }) | null = null) {
    const changes = before === null ? 0 : before.load.#changesSince() + 1;
    this.#before = changes > mostChanges ? null : before;
    this.#changes = this.#before === null ? 0 : changes;
  }

  get before(): LoadChange | null {
    return this.#before;
  }

  settle(): void {
    this.#before = null;
  }

  #changesSince(): number {
    return this.#before === null ? 0 : this.#changes;
  }
}
