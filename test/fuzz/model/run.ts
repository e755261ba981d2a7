import { isDeepStrictEqual } from 'node:util';
import { keyFromText, prefixRange } from '../../../src/store/range.ts';
import type { MutationSpace } from '../../mutation/mutation-space.ts';
import { type GatewaySchema, prefix } from '../../support/gateway-schema.ts';
import { invariantViolations } from '../../support/invariants.ts';
import { type Answered, orderThatExplains } from './explain.ts';
import { changesOfLife } from './job.ts';
import { inOrder, Model } from './model.ts';
import { judge, type Operation, type Outcome, resolved, send } from './operation.ts';
import type { LifeEvent, Overtaken, Silence, Step } from './step.ts';

interface Sent {
  readonly operation: Operation;
  readonly key: string | null;
}

/** How often each mutation was done, and how often refused with each code. */
export type Tally = Map<string, number>;

export interface RunOptions {
  /** Empty. */
  readonly space: MutationSpace;
  readonly tally: Tally;
  /** What is stored at the beginning; nothing when it is left out. */
  readonly from?: Model;
}

/** A keyspace and its model, side by side. */
export class Run {
  #model: Model;
  readonly #space: MutationSpace;
  readonly #tally: Tally;
  #keys = 0;

  private constructor({ space, tally, from = new Model() }: RunOptions) {
    this.#space = space;
    this.#tally = tally;
    this.#model = new Model(from);
  }

  static async begin(options: RunOptions): Promise<Run> {
    if (options.from !== undefined) await options.space.putAll(options.from.rendered());
    return new Run(options);
  }

  get model(): Model {
    return this.#model;
  }

  /** Fails where the gateway does what the model does not. */
  async take(step: Step): Promise<void> {
    if ('event' in step) await this.#happen(step);
    else if ('batch' in step) await this.#together(step.batch);
    else if ('overtaken' in step) await this.#overtaken(step);
    else await this.#alone(step);
    await this.check();
  }

  /** The store holds what the model holds, byte for byte, and nothing is wrong with it. */
  async check(): Promise<void> {
    const entries = await this.#space.entries();
    const expected = this.model.rendered();
    if (!isDeepStrictEqual(inOrder(Object.entries(entries)), inOrder(Object.entries(expected))))
      throw new Error(differences(entries, expected));
    const references = Object.entries(await this.#space.ownEntries('references/')).map(([key, value]) => [
      `gateway/${key}`,
      value,
    ]);
    const all = { ...entries, ...Object.fromEntries(references) };
    const violations = invariantViolations(all, { mayOvercommit: this.model.overcommitted });
    if (violations.length > 0) throw new Error(violations.join('\n'));
  }

  /** Nothing is left but finished jobs, which are kept for a time. */
  async checkEmpty(): Promise<void> {
    const isFinished = (key: string) => ['done', 'error'].includes(this.model.value(key)?.status);
    const left = Object.keys(await this.#space.entries()).filter((key) => !isFinished(key));
    const counted = Object.keys(await this.#space.ownEntries('references/'));
    if (left.length + counted.length > 0)
      throw new Error(`After everything was deleted there are ${[...left, ...counted].join()}`);
  }

  async #alone(given: Operation): Promise<void> {
    const operation = await resolved(given, this.model, this.#space);
    const key = given.isRepeated ? this.#newKey() : null;
    const outcome = await send(this.#space, operation, key);
    this.#count(operation, outcome);
    const verdict = judge(this.model, operation, true);
    if ('refusal' in outcome) {
      if (verdict.refusals.has(outcome.refusal)) return;
      throw new Error(`It was refused with ${outcome.refusal}; expected was ${[...verdict.refusals].join(' or ') || 'success'}`);
    }
    if (verdict.refusals.size > 0) throw new Error(`It was done; expected was ${[...verdict.refusals].join(' or ')}`);
    verdict.apply(outcome.answer);
    if (key === null) return;
    const again = await send(this.#space, operation, key);
    if (!isDeepStrictEqual(again, outcome)) throw new Error(`Repeated, it was answered ${JSON.stringify([outcome, again])}`);
  }

  async #together(given: readonly Operation[]): Promise<void> {
    const operations = await this.#resolved(given);
    const sent = operations.flatMap((operation): readonly Sent[] =>
      operation.isRepeated ? twice({ operation, key: this.#newKey() }) : [{ operation, key: null }],
    );
    const answered = await Promise.all(
      sent.map(async ({ operation, key }) => ({ operation, key, outcome: await send(this.#space, operation, key) })),
    );
    await this.#explain(withoutRepetitions(answered));
  }

  async #overtaken({ overtaken, by }: Overtaken): Promise<void> {
    const [first, ...others] = await this.#resolved([overtaken, ...by]);
    if (first === undefined) return;
    const answered: Answered[] = [];
    const tell = async (gateway: GatewaySchema, operation: Operation) => {
      answered.push({ operation, outcome: await send(gateway, operation, null) });
    };
    await tell(await this.#space.raced(...others.map((other) => () => tell(this.#space, other))), first);
    await this.#explain(answered);
  }

  #resolved(given: readonly Operation[]): Promise<Operation[]> {
    return Promise.all(given.map((operation) => resolved(operation, this.model, this.#space)));
  }

  /** Some order of operations, one after the other, explains what each of them was answered and what is stored. */
  async #explain(answered: readonly Answered[]): Promise<void> {
    for (const { operation, outcome } of answered) this.#count(operation, outcome);
    const entries = inOrder(Object.entries(await this.#space.entries()));
    const jobIds = await this.#jobIds();
    const isStored = (model: Model) =>
      isDeepStrictEqual(inOrder(Object.entries(model.rendered())), entries) && isDeepStrictEqual(jobIdsOf(model), jobIds);
    const explained = orderThatExplains(this.model, answered, isStored);
    if (explained === null) {
      const told = answered.map(({ operation, outcome }) => `${JSON.stringify(operation)} -> ${JSON.stringify(outcome)}`);
      const changes = differences(Object.fromEntries(entries), this.model.rendered());
      throw new Error(`No order explains this:\n${told.join('\n')}\n${changes}`);
    }
    this.#model = explained;
  }

  /** In the order in which they were made. */
  async #jobIds(): Promise<readonly string[]> {
    const start = keyFromText(`${prefix}jobs/`);
    const { results } = await this.#space.store.read({ ranges: [prefixRange(start)] });
    const jobs = [...(results[0]?.entries ?? [])].sort((a, b) => a.createRevision - b.createRevision);
    return jobs.map(({ key }) => key.slice(start.length));
  }

  async #happen(what: Silence | LifeEvent): Promise<void> {
    if (what.event === 'silence') {
      this.model.remove(`hypervisors/${what.id}/heartbeat`);
      await this.#space.remove(`hypervisors/${what.id}/heartbeat`);
      return;
    }
    const changes = Object.entries(changesOfLife(this.model, what));
    for (const [key, value] of changes) this.model.put(key, value);
    const texts = changes.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)] as const);
    await this.#space.putAll(Object.fromEntries(texts));
  }

  #count({ field }: Operation, outcome: Outcome): void {
    const name = 'answer' in outcome ? `${field} done` : `${field} ${outcome.refusal.split(' ')[0]}`;
    this.#tally.set(name, (this.#tally.get(name) ?? 0) + 1);
  }

  #newKey(): string {
    return `key-${++this.#keys}`;
  }
}

function jobIdsOf(model: Model): readonly string[] {
  return model.nodes('jobs').map(({ id }) => id);
}

function twice<T>(item: T): readonly T[] {
  return [item, item];
}

/** Of answers with one idempotency key, all that say that it was done are the same one. */
function withoutRepetitions(answered: readonly (Sent & Answered)[]): readonly Answered[] {
  return answered.filter(({ key, outcome }, index) => {
    if (key === null || 'refusal' in outcome) return true;
    const first = answered.findIndex((other) => other.key === key && 'answer' in other.outcome);
    const earlier = answered[first]?.outcome;
    if (!isDeepStrictEqual(earlier, outcome)) throw new Error(`Repeated, it was answered ${JSON.stringify([earlier, outcome])}`);
    return first === index;
  });
}

function differences(stored: Readonly<Record<string, string>>, expected: Readonly<Record<string, string>>): string {
  const keys = [...new Set([...Object.keys(stored), ...Object.keys(expected)])].filter((key) => stored[key] !== expected[key]);
  return keys.map((key) => `${key} is ${stored[key] ?? 'absent'}; expected was ${expected[key] ?? 'absent'}`).join('\n');
}
