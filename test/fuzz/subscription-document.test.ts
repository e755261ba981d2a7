import fc from 'fast-check';
import { GraphQLError, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SharedAnswers } from '../../src/server/shared-answers.ts';
import { openEvents, RefusedError } from '../subscription/event-reader.ts';
import { operationArbitrary } from '../support/document-arbitrary.ts';
import { type GatewaySchema, schema } from '../support/gateway-schema.ts';
import { oddScalars, openOddCluster } from '../support/odd-cluster.ts';

const budgetMs = 10_000;

/** Where the streams may begin: before all of the cluster, in the middle of it, behind it, and where nothing is. */
const places = ['1000', '1001', '1003.0', '1003.7', '1004', '999999', '1', '0', 'x'];

let gateway: GatewaySchema;
let newest: string;
beforeAll(async () => {
  gateway = await openOddCluster();
  newest = String((await gateway.store.status()).revision);
});
afterAll(() => gateway.close());

const scalars = {
  ...oddScalars,
  EventCursor: fc.oneof({ weight: 9, arbitrary: fc.constant('1000') }, { weight: 3, arbitrary: fc.constantFrom(...places) }),
  Revision: fc.constantFrom('1', '1002', '999999'),
};

function fitsSchema(document: string): boolean {
  try {
    return validate(schema, parse(document)).length === 0;
  } catch (error) {
    // It does not parse.
    if (error instanceof GraphQLError) return false;
    throw error;
  }
}

interface Answered {
  readonly errors?: readonly { readonly message: string; readonly extensions: object }[];
}

/** What a client could have done better, or a record that nobody can read. */
function expectTyped({ errors = [] }: Answered): void {
  for (const { message, extensions } of errors) {
    expect({ message, code: Object(extensions).code }).toEqual({
      message: expect.not.stringContaining('undefined'),
      code: expect.stringMatching(/^(BAD_USER_INPUT|BROKEN_RECORD|GRAPHQL_VALIDATION_FAILED|REVISION_COMPACTED)$/),
    });
  }
}

describe('any subscription', () => {
  it(
    'begins and brings events, or is refused, with typed errors alone',
    async () => {
      const seed = Date.now() % 2 ** 31;
      const seen = { events: 0, partly: 0, refused: 0 };
      const answers = new SharedAnswers();
      const property = fc.asyncProperty(
        operationArbitrary({ schema, scalars, operation: 'subscription' }),
        async ({ document, variables }) => {
          if (!fitsSchema(document)) {
            seen.refused++;
            return;
          }
          // One that is told of all that happened: when it ends, there is nothing more for anybody.
          const end = await openEvents(
            gateway,
            'subscription ($until: Revision) { changes(after: 1000, until: $until) { id } }',
            {
              variables: { until: newest },
            },
          );
          try {
            const events = await openEvents(gateway, document, { variables, answers });
            const over = end.rest().then(() => null);
            for (let count = 0; count < 5; count++) {
              const answer = await Promise.race([events.result().catch(() => null), over]);
              if (answer === null) break;
              expectTyped(answer);
              if (answer.errors === undefined) seen.events++;
              else seen.partly++;
            }
            events.leave();
          } catch (error) {
            if (!(error instanceof RefusedError)) throw error;
            seen.refused++;
            expectTyped({ errors: error.extensions.map((extensions) => ({ message: '', extensions })) });
          } finally {
            end.leave();
          }
        },
      );
      await fc.assert(property, { seed, numRuns: 1_000_000, interruptAfterTimeLimit: budgetMs, endOnFailure: true });
      console.info('fuzzed subscriptions with seed', seed, seen);
      expect(Math.min(seen.events, seen.refused)).toBeGreaterThan(10);
      // The last one may have been interrupted.
      await expect.poll(() => gateway.services.changes.streamCount).toBe(0);
    },
    budgetMs * 3,
  );
});
