import { z } from 'zod';
import { guestStates } from '../store/entities/guest-state.ts';
import { flavors, networks } from './catalog.ts';
import type { LifeAction, LivingGuest } from './life-event.ts';
import type { Random } from './random.ts';

export interface LifeGraphOptions {
  /** The gateway's. */
  readonly url: string;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** By this the guests that life created are known, also to a later life. */
const visitorMark = { demo: 'visitor' };
/** Of those that were there from the beginning life minds so many, and looks at so many of them at a time. */
const residentLimit = 1000;
const residentsAtOnce = 20;
/** Visitors are the smallest flavors that there are. */
const visitorFlavorCount = 2;

const rosterQuery = `query LifeRoster($mark: StringMap!, $first: Int!) {
  all: guests(first: $first) { nodes { id } }
  visitors: guests(first: $first, filter: { metadata: $mark }) { nodes { id name } }
}`;
const lookQuery = `query LifeLook($ids: [ID!]!) {
  guests(first: 1000, filter: { ids: $ids }) { nodes { id state hypervisorId } }
}`;
const createMutation = `mutation LifeCreate($flavorId: ID!, $networkId: ID!, $metadata: StringMap!) {
  createGuest(input: { flavorId: $flavorId, networkId: $networkId, metadata: $metadata }) { guest { id } }
}`;
const actMutation = `mutation LifeAct($guestId: ID!, $action: GuestAction!) {
  guestAction(guestId: $guestId, action: $action) { job { id } }
}`;
const deleteMutation = `mutation LifeDelete($guestId: ID!) {
  deleteGuest(id: $guestId) { deletedId }
}`;

const nodes = <Node extends z.ZodType>(node: Node) => z.object({ nodes: z.array(node) });
const rosterAnswer = z.object({
  all: nodes(z.object({ id: z.string() })),
  visitors: nodes(z.object({ id: z.string(), name: z.string().nullable() })),
});
const seenGuest = z.object({ id: z.string(), state: z.enum(guestStates), hypervisorId: z.string().nullable() });
const lookAnswer = z.object({ guests: nodes(seenGuest) });
const createAnswer = z.object({ createGuest: z.object({ guest: z.object({ id: z.string() }) }) });
const anyAnswer = z.looseObject({});
const dataAnswer = z.object({ data: z.unknown() });
const errorAnswer = z.object({ errors: z.array(z.object({ message: z.string() })).min(1) });

/** The cluster as life knows it: through the gateway, as anybody does. */
export class LifeGraph {
  readonly #options: LifeGraphOptions;
  /** Null: not asked for yet. */
  #residents: readonly string[] | null = null;
  /** Oldest first. */
  #visitors: readonly string[] = [];
  #visitorCount = 0;

  constructor(options: LifeGraphOptions) {
    this.#options = options;
  }

  /** Some of the residents, and all visitors. */
  async look(): Promise<{ readonly residents: readonly LivingGuest[]; readonly visitors: readonly LivingGuest[] }> {
    const roster = this.#residents ?? (await this.#readRoster());
    const start = this.#options.random.below(roster.length);
    const some = [...roster.slice(start), ...roster.slice(0, start)].slice(0, residentsAtOnce);
    const answer = await this.#ask(lookQuery, { ids: [...some, ...this.#visitors] }, lookAnswer);
    const guests = new Map(answer.guests.nodes.map((guest) => [guest.id, guest]));
    const present = (ids: readonly string[]) => ids.map((id) => guests.get(id)).filter((guest) => guest !== undefined);
    const visitors = present(this.#visitors);
    this.#visitors = visitors.map(({ id }) => id);
    return { residents: present(some), visitors };
  }

  async create(): Promise<void> {
    const { random } = this.#options;
    const [, flavor] = flavors[random.below(visitorFlavorCount)] ?? [];
    const network = networks[random.below(networks.length)];
    const metadata = { name: `visitor-${this.#visitorCount + 1}`, ...visitorMark };
    const variables = { flavorId: flavor?.id, networkId: network?.id, metadata };
    const { createGuest } = await this.#ask(createMutation, variables, createAnswer);
    this.#visitorCount++;
    this.#visitors = [...this.#visitors, createGuest.guest.id];
  }

  async act(guestId: string, action: LifeAction): Promise<void> {
    await this.#ask(actMutation, { guestId, action }, anyAnswer);
  }

  async delete(guestId: string): Promise<void> {
    await this.#ask(deleteMutation, { guestId }, anyAnswer);
  }

  async #readRoster(): Promise<readonly string[]> {
    const { all, visitors } = await this.#ask(rosterQuery, { mark: visitorMark, first: residentLimit }, rosterAnswer);
    const numbered = visitors.nodes.map(({ id, name }) => ({ id, number: Number(name?.replace(/^visitor-/, '')) || 0 }));
    this.#visitors = numbered.sort((a, b) => a.number - b.number).map(({ id }) => id);
    this.#visitorCount = numbered.at(-1)?.number ?? 0;
    this.#residents = all.nodes.map(({ id }) => id).filter((id) => !this.#visitors.includes(id));
    return this.#residents;
  }

  async #ask<Answer extends z.ZodType>(query: string, variables: object, answer: Answer): Promise<z.output<Answer>> {
    const { url, signal } = this.#options;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal,
    });
    const body: unknown = await response.json();
    const { data: failure } = errorAnswer.safeParse(body);
    if (failure !== undefined) throw new Error(failure.errors.map(({ message }) => message).join('; '));
    return answer.parse(dataAnswer.parse(body).data);
  }
}
