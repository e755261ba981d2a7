import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { Answer } from '../../support/gateway.ts';

export interface LoyalClientOptions {
  /** It asks the first one until that refuses to be connected to, and then the next. */
  readonly urls: readonly string[];
  readonly query: string;
}

/** Asks one request after the other on a connection that it keeps. It ends at the first that was sent and not answered. */
export class LoyalClient {
  readonly #options: LoyalClientOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #asking: Promise<void>;
  #isOver: boolean = false;
  #at = 0;
  /** By each of the gateways. */
  readonly answers: Answer[][];
  /** What was sent, and not answered whole. */
  readonly failures: string[] = [];

  constructor(options: LoyalClientOptions) {
    this.#options = options;
    this.answers = options.urls.map(() => []);
    this.#asking = this.#run();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#asking;
    this.#agent.destroy();
  }

  async #run(): Promise<void> {
    while (!this.#isOver && this.failures.length === 0) {
      try {
        const url = this.#options.urls[this.#at];
        if (url === undefined) throw new Error('Nobody listens any more');
        this.answers[this.#at]?.push(await this.#ask(url));
      } catch (error) {
        if (isRefusal(error)) this.#at += 1;
        else this.failures.push(`${error}`);
      }
    }
  }

  async #ask(url: string): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    const asked = request(url, { method: 'POST', agent: this.#agent, headers });
    asked.end(JSON.stringify({ query: this.#options.query }));
    const [response]: IncomingMessage[] = await once(asked, 'response');
    if (response === undefined) throw new Error('No response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}: ${Buffer.concat(chunks)}`);
    return JSON.parse(Buffer.concat(chunks).toString());
  }
}

/** Nobody listens: nothing was sent. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}
