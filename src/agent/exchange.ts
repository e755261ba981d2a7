import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { AgentAnswer, AgentRequest } from './agent-request.ts';

/** How far a request came. Until it is `sent`, it is certain that the agent has nothing of it. */
export type Stage = 'connecting' | 'sent' | 'answering';

/** The longest answer that is read. */
export const answerLimitBytes = 16 * 1024 * 1024;

/** What the pool of connections must be told, so that an exchange is what it promises. */
export const exchangeOptions = {
  // With more than one request on a connection, undici sends some a second time.
  pipelining: 1,
  maxResponseSize: answerLimitBytes,
  // The caller has one deadline for all; undici's own are for parts.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;

export interface ExchangeOptions {
  readonly dispatcher: Dispatcher;
  readonly request: AgentRequest;
  /** Ends it, at whatever stage. */
  readonly signal: AbortSignal;
}

/**
 * One request, and its answer. It is sent once or not at all. undici's `dispatch` follows no redirect and retries nothing: those are
 * interceptors and agents of their own. But when a connection ends, its Client does put requests that were written on it back among
 * those to be written (`onHttpSocketClose` in client-h1.js): all but the first; and the first too, if the error is an
 * "informational" one. With `pipelining: 1` there is no other request than the first; and informational errors are made only for connections
 * that have none (idle ones, and those that are reset behind an answer) and for a request that was aborted, which is passed over.
 * So whatever else ends a connection, such as an agent that closes one that was kept alive, fails the request that was written on it.
 * One that was not written yet goes to the next connection: for the first time. Should undici begin a request again all the
 * same, `onRequestStart` stops it before a byte is written.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Rejects as soon as the signal aborts. */
  readonly answer: Promise<AgentAnswer>;
  /** Resolves when undici has let go of it, so that its connection is free, or gone. */
  readonly over: Promise<void>;
  readonly #signal: AbortSignal;
  readonly #mayBeSent: () => boolean;
  readonly #chunks: Buffer[] = [];
  #stage: Stage = 'connecting';
  #status: number | null = null;
  #jobId: string | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  // The constructor sets them, with the promises that they settle.
  #succeed!: (answer: AgentAnswer) => void;
  #fail!: (reason: unknown) => void;
  #end!: () => void;

  constructor({ dispatcher, request, signal }: ExchangeOptions) {
    this.#signal = signal;
    this.#mayBeSent = request.mayBeSent ?? (() => true);
    this.over = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.answer = new Promise((resolve, reject) => {
      this.#succeed = resolve;
      this.#fail = reject;
    });
    if (signal.aborted) {
      this.#fail(signal.reason);
      this.#close();
      return;
    }
    signal.addEventListener('abort', this.#onAbort, { once: true });
    const { agent, method, path, body, headers = {} } = request;
    const content = body === undefined ? { headers } : { body, headers: { ...headers, 'content-type': 'application/json' } };
    dispatcher.dispatch({ origin: agent.origin, method, path, ...content }, this);
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** That the agent answered with, once it began to. */
  get status(): number | null {
    return this.#status;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#signal.aborted) controller.abort(this.#signal.reason);
    else if (this.#stage !== 'connecting') controller.abort(new Error('A request is not sent twice'));
    else if (!this.#mayBeSent()) controller.abort(new Error('the request may not be sent any more'));
    else {
      this.#stage = 'sent';
      this.#controller = controller;
    }
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    const jobId = headers['x-guest-job-id'];
    this.#stage = 'answering';
    this.#status = status;
    this.#jobId = typeof jobId === 'string' ? jobId : null;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#status === null) this.#fail(new Error('an answer without a status'));
    else this.#succeed({ status: this.#status, jobId: this.#jobId, text: Buffer.concat(this.#chunks).toString('utf8') });
    this.#close();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
    this.#close();
  }

  /** Before it has a connection nothing can be aborted: then `onRequestStart` sees to it, and the answer need not wait for that. */
  readonly #onAbort = (): void => {
    this.#fail(this.#signal.reason);
    this.#controller?.abort(this.#signal.reason);
  };

  #close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#end();
  }
}
