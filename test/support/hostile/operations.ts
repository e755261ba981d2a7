import fc from 'fast-check';
import { expect } from 'vitest';
import { type Accepted, openHostileClient } from './client.ts';
import { hostileOperations } from './document.ts';
import { fuzz } from './fuzz.ts';
import type { FuzzedGateway } from './gateway.ts';
import { hostileBody } from './parameters.ts';

export interface FuzzRun {
  readonly gateway: FuzzedGateway;
  readonly seed: number;
  readonly inputs: number;
}

const accepted = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<Accepted>('application/json', 'application/graphql-response+json') },
  { weight: 1, arbitrary: fc.constantFrom<Accepted>('*/*', 'text/event-stream') },
);

interface Post {
  readonly body: string;
  readonly accept: Accepted;
}

export function fuzzDocuments(run: FuzzRun): Promise<number> {
  const posts = fc
    .tuple(hostileOperations, accepted)
    .map(([operations, accept]) =>
      operations.map(({ document, variables }): Post => ({ body: JSON.stringify({ query: document, variables }), accept })),
    );
  return fuzzPosts('documents', posts, run);
}

export function fuzzVariables(run: FuzzRun): Promise<number> {
  return fuzzPosts(
    'variables',
    fc.record({ body: hostileBody, accept: accepted }).map((post) => [post]),
    run,
  );
}

async function fuzzPosts(what: string, input: fc.Arbitrary<readonly Post[]>, { gateway, ...run }: FuzzRun): Promise<number> {
  const client = openHostileClient(gateway);
  const send = async (burst: readonly (readonly Post[])[]): Promise<void> => {
    await Promise.all(burst.flat().map(({ body, accept }) => client.post(body, accept)));
    expect(gateway.newProblems()).toEqual([]);
  };
  const startedAt = performance.now();
  const count = await fuzz({ ...run, what, input, send, countOf: ({ length }) => length });
  await expectUnharmed(gateway);
  await client.close();
  console.info(`${count} ${what} in ${Math.round(performance.now() - startedAt)} ms`, Object.fromEntries(client.seen));
  return count;
}

/** It answers as ever, and nobody is left who waits for more. */
export async function expectUnharmed(gateway: FuzzedGateway): Promise<void> {
  expect(await gateway.ask('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
  await expect.poll(() => gateway.services.changes.streamCount).toBe(0);
  expect(gateway.newProblems()).toEqual([]);
}
