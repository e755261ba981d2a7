import { randomUUID } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { openRandom, type Random } from './random.ts';
import { type SeenRequest, SeenRequests } from './seen-requests.ts';
import type { Answer } from './simulated-answer.ts';
import { type FailureOptions, SimulatedFailure } from './simulated-failure.ts';
import { SimulatedGate, type Treatment } from './simulated-gate.ts';
import type { SimulatedGuest, SimulatedImage } from './simulated-guest.ts';
import type { JobAction, SimulatedJob } from './simulated-job.ts';
import { SimulatedListener } from './simulated-listener.ts';
import { SimulatedMachine } from './simulated-machine.ts';
import { type AgentRequest, answerRequest } from './simulated-route.ts';

export interface SimulatedAgentOptions extends Omit<FailureOptions, 'random'> {
  readonly host?: string;
  /** 0, the default: a free one. */
  readonly port?: number;
  readonly guests?: Iterable<SimulatedGuest>;
  /** The hypervisor's own. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** How long jobs take; 0, the default: a job is done before the request that asked for it is answered. */
  readonly delayMs?: number | ((action: JobAction) => number);
  /** What a failed job comes to. The real agent breaks down, the default; `job`: it says so in the job, and goes on. */
  readonly failureEndsIn?: 'breakdown' | 'job';
  /** How long the agent is away after a breakdown; null, the default: until `restart`. */
  readonly restartAfterMs?: number | null;
  readonly random?: Random;
  /** Actions that it was not told how to do, in its own words: `reboot`, `containerFetchImage`. */
  readonly notConfigured?: readonly string[];
  /** Whether guests stay in the state `create` whatever is done with them, as with simple sub-agents. */
  readonly keepsCreateState?: boolean;
  /** How many requests it remembers. */
  readonly requestLimit?: number;
  readonly now?: () => Date;
  readonly newId?: () => string;
}

/** An agent that behaves on the wire as the real one was seen to. Its guests are records and nothing else. */
export class SimulatedAgent {
  readonly #options: SimulatedAgentOptions;
  readonly #host: string;
  readonly #machine: SimulatedMachine;
  readonly #listener: SimulatedListener;
  readonly #failure: SimulatedFailure;
  readonly #gate = new SimulatedGate();
  readonly #seen: SeenRequests;
  readonly #now: () => Date;
  readonly #downWaiters: (() => void)[] = [];
  /** Counted, so that a request that waited through one knows. */
  #breakdowns = 0;
  #restartTimer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: SimulatedAgentOptions) {
    const { host = '127.0.0.1', port = 0, delayMs = 0, random = openRandom(0), now = () => new Date() } = options;
    this.#host = host;
    this.#options = options;
    this.#now = now;
    this.#failure = new SimulatedFailure({ ...options, random });
    this.#seen = new SeenRequests(options.requestLimit ?? 10_000);
    this.#machine = new SimulatedMachine({
      guests: options.guests ?? [],
      metadata: options.metadata ?? {},
      delayMs: typeof delayMs === 'number' ? () => delayMs : delayMs,
      isFailing: (action) => this.#failure.isFailing(action),
      onFailure: (job) => this.#fail(job),
      notConfigured: options.notConfigured ?? [],
      keepsCreateState: options.keepsCreateState ?? false,
      now,
      newId: options.newId ?? randomUUID,
    });
    this.#listener = new SimulatedListener({ host, answer: (request) => this.#answer(request) }, port);
  }

  /** Such as `http://127.0.0.1:8080`. */
  get origin(): string {
    return `http://${isIPv6(this.host) ? `[${this.host}]` : this.host}:${this.port}`;
  }

  get host(): string {
    return this.#host;
  }

  get port(): number {
    return this.#listener.port;
  }

  get guests(): ReadonlyMap<string, SimulatedGuest> {
    return this.#machine.guests;
  }

  get images(): ReadonlyMap<string, SimulatedImage> {
    return this.#machine.images;
  }

  /** Newest first. */
  get jobs(): readonly SimulatedJob[] {
    return this.#machine.log.list();
  }

  /** That reached it, whatever became of them; oldest first. */
  get requests(): readonly SeenRequest[] {
    return this.#seen.all;
  }

  get isDown(): boolean {
    return !this.#listener.isOpen;
  }

  /** How often it was told to create a guest. */
  createCount(guestId: string): number {
    return this.#seen.createCount(guestId);
  }

  /** The first such request, once it has come. */
  untilSeen(isIt: (request: SeenRequest) => boolean): Promise<SeenRequest> {
    return this.#seen.until(isIt);
  }

  /** Ends with the next breakdown, or at once when it is down. */
  async untilDown(): Promise<void> {
    if (!this.isDown) await new Promise<void>((resolve) => this.#downWaiters.push(resolve));
  }

  /** From now on decides what becomes of each request, and when; null: all are served. */
  treat(treatment: ((request: AgentRequest) => Treatment | Promise<Treatment>) | null): void {
    this.#gate.treat(treatment);
  }

  /** The next so many jobs that start fail. */
  failNext(count = 1): void {
    this.#failure.failNext(count);
  }

  /** Lets a guest end by itself. Answers whether there is such a guest. */
  killGuest(id: string, state: 'crashed' | 'shutoff' = 'crashed'): boolean {
    return this.#machine.setState(id, state);
  }

  /** From now on takes requests and answers none. They are served on `resume`, also those that nobody waits for any more. */
  hang(): void {
    this.#gate.hang();
  }

  resume(): void {
    this.#gate.resume();
  }

  async open(): Promise<void> {
    await this.#listener.open();
  }

  /** Breaks down: its connections are cut, its jobs are forgotten, guests and images stay. */
  async crash(): Promise<void> {
    this.#breakdowns++;
    this.#machine.forgetJobs();
    await this.#listener.close();
    for (const resolve of this.#downWaiters.splice(0)) resolve();
    this.#restartLater();
  }

  /** Is there again, on the same port. */
  async restart(): Promise<void> {
    this.#forgetRestart();
    await this.open();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forgetRestart();
    await this.crash();
    this.#gate.resume();
  }

  async #answer(request: AgentRequest): Promise<Answer | null> {
    const seen = this.#seen.add(request, this.#now());
    const breakdowns = this.#breakdowns;
    const treatment = await this.#gate.pass(request);
    if (treatment === 'CUT_BEFORE' || breakdowns !== this.#breakdowns) return null;
    if (typeof treatment === 'object') return treatment;
    seen.isServed = true;
    const answer = answerRequest(this.#machine, request);
    return treatment === 'CUT_AFTER' ? null : answer;
  }

  #fail({ ID, Action }: SimulatedJob): void {
    if (this.#options.failureEndsIn === 'job') {
      this.#machine.log.update(ID, { Status: 'Error', Message: `${Action} failed` });
    } else {
      void this.crash();
    }
  }

  #restartLater(): void {
    const { restartAfterMs = null } = this.#options;
    if (restartAfterMs === null || this.#isClosed || this.#restartTimer !== null) return;
    const restart = () => {
      // Where somebody has taken its port meanwhile it tries again.
      this.restart().catch(() => this.#restartLater());
    };
    this.#restartTimer = setTimeout(restart, restartAfterMs).unref();
  }

  #forgetRestart(): void {
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    this.#restartTimer = null;
  }
}

/** An agent that listens. */
export async function openSimulatedAgent(options: SimulatedAgentOptions = {}): Promise<SimulatedAgent> {
  const agent = new SimulatedAgent(options);
  await agent.open();
  return agent;
}
