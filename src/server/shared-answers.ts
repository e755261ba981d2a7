import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { Questions } from './question.ts';

/** Subscribers are told of an event at nearly the same time: who is far behind the others has it answered anew. */
const mostAnswers = 64;
const keptMs = 1000;

type Answer = Promise<ExecutionResult>;

/** Answers to the same question about the same event, made once for all who ask it: a thousand screens show the same dashboard. */
export class SharedAnswers {
  readonly #questions = new Questions();
  readonly #answers = new Map<string, Answer>();

  questionOf(args: ExecutionArgs): string {
    return this.#questions.of(args);
  }

  /** One that has errors is not kept: whoever asks next may have more luck. */
  answer(question: string, event: string, make: () => Answer): Answer {
    const key = `${event} ${question}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = make();
    this.#answers.set(key, answer);
    const forget = () => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key);
    };
    answer.then(({ errors }) => errors !== undefined && forget(), forget);
    setTimeout(forget, keptMs).unref();
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= mostAnswers) break;
      this.#answers.delete(oldest);
    }
    return answer;
  }
}
