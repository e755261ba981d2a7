import { inState, type SimulatedGuest, type SimulatedImage } from './simulated-guest.ts';
import { type GuestAction, type JobAction, type SimulatedJob, SimulatedJobLog } from './simulated-job.ts';
import { SimulatedWork } from './simulated-work.ts';

export interface MachineOptions {
  readonly guests: Iterable<SimulatedGuest>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly delayMs: (action: JobAction) => number;
  readonly isFailing: (action: JobAction) => boolean;
  readonly onFailure: (job: SimulatedJob) => void;
  /** Actions that its agent was not told how to do, in the agent's words: `reboot`, `containerFetchImage`. */
  readonly notConfigured: readonly string[];
  /** Whether guests stay in the state `create` whatever is done with them. */
  readonly keepsCreateState: boolean;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** In libvirt's words. */
const stateAfter: Readonly<Record<Exclude<GuestAction, 'delete'> | 'create', string>> = {
  create: 'running',
  start: 'running',
  reboot: 'running',
  restart: 'running',
  shutdown: 'shutoff',
  poweroff: 'shutoff',
  suspend: 'paused',
};

const imageSizeMB = 1024;

/** A hypervisor as its agent sees it: guests, images and jobs. It knows nothing of HTTP. */
export class SimulatedMachine {
  readonly guests = new Map<string, SimulatedGuest>();
  readonly images = new Map<string, SimulatedImage>();
  readonly log: SimulatedJobLog;
  readonly newId: () => string;
  readonly #options: MachineOptions;
  readonly #work: SimulatedWork;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.newId = options.newId;
    this.log = new SimulatedJobLog(options);
    this.#work = new SimulatedWork({ ...options, log: this.log });
    for (const guest of options.guests) this.guests.set(guest.id, guest);
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.#options.metadata;
  }

  lacks(action: string): boolean {
    return this.#options.notConfigured.includes(action);
  }

  /** Overwrites one that is there. Answers the id of the job. */
  createGuest(guest: SimulatedGuest): string {
    this.guests.delete(guest.id);
    this.guests.set(guest.id, guest);
    return this.#add({ GuestID: guest.id, Action: 'create' }, () => this.setState(guest.id, stateAfter.create));
  }

  /** Answers the id of the job. */
  startAction(guestId: string, action: GuestAction): string {
    return this.#add({ GuestID: guestId, Action: action }, () => {
      if (action === 'delete') this.guests.delete(guestId);
      else this.setState(guestId, stateAfter[action]);
    });
  }

  /** Answers the id of the job. */
  fetchImage(id: string): string {
    const image = { id, type: '', size: imageSizeMB } as const;
    if (!this.images.has(id)) this.images.set(id, { ...image, status: 'pending' });
    return this.#add({ GuestID: 'agent', Action: 'fetchImage' }, () => this.images.set(id, { ...image, status: 'complete' }), id);
  }

  /** Whether there is such a guest. */
  setState(guestId: string, state: string): boolean {
    const guest = this.guests.get(guestId);
    if (guest !== undefined && !this.#options.keepsCreateState) this.guests.set(guestId, inState(guest, state));
    return guest !== undefined;
  }

  /** What is left of it when its agent breaks down: the guests and the images. */
  forgetJobs(): void {
    this.#work.abandon();
    this.log.clear();
  }

  #add(about: Pick<SimulatedJob, 'GuestID' | 'Action'>, effect: () => void, subject = about.GuestID): string {
    const job = this.log.add(about);
    this.#work.add(subject, { job, effect });
    return job.ID;
  }
}
