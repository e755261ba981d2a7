import type { Answer } from './simulated-answer.ts';
import type { AgentRequest } from './simulated-route.ts';

/**
 * What becomes of a request: it is served, or its connection is cut before it is served, or it is served and its connection is cut
 * instead of the answer, or it is answered so without being served.
 */
export type Treatment = 'SERVE' | 'CUT_BEFORE' | 'CUT_AFTER' | Answer;

/** Stands between an agent's door and the agent, for whoever wants to see it misbehave. */
export class SimulatedGate {
  #treatment: (request: AgentRequest) => Treatment | Promise<Treatment> = () => 'SERVE';
  #hanging: { readonly over: Promise<void>; readonly end: () => void } | null = null;

  /** From now on decides what becomes of each request, and when; null: all are served. */
  treat(treatment: ((request: AgentRequest) => Treatment | Promise<Treatment>) | null): void {
    this.#treatment = treatment ?? (() => 'SERVE');
  }

  hang(): void {
    if (this.#hanging !== null) return;
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#hanging = { over, end };
  }

  resume(): void {
    this.#hanging?.end();
    this.#hanging = null;
  }

  /** Answers when something is to become of the request. */
  async pass(request: AgentRequest): Promise<Treatment> {
    const treatment = await this.#treatment(request);
    while (this.#hanging !== null) await this.#hanging.over;
    return treatment;
  }
}
