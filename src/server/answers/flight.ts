import { setMaxListeners } from 'node:events';

/**
 * One execution for all who ask the same at the same revision at the same time. It goes on for as long as one of them is there, whoever began
 * it.
 */
export class Flight {
  readonly #controller = new AbortController();
  #passengers = 0;
  #settle: (body: Buffer | null) => void = () => undefined;
  readonly #body = new Promise<Buffer | null>((resolve) => {
    this.#settle = resolve;
  });

  /** Aborts when all have left. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** `signal` aborts when this one leaves. */
  board(signal: AbortSignal): void {
    this.#passengers++;
    // Each of them listens to it, and mostly there is one.
    if (this.#passengers === 2) setMaxListeners(0, this.signal);
    const leave = (): void => {
      this.#passengers--;
      if (this.#passengers === 0) this.#controller.abort(signal.reason);
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  }

  /** Null: nobody else can be answered by it. */
  land(body: Buffer | null): void {
    this.#settle(body);
  }

  /** What it came to. */
  get body(): Promise<Buffer | null> {
    return this.#body;
  }
}
