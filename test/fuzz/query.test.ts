import fc from 'fast-check';
import { GraphQLError } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { operationArbitrary } from '../support/document-arbitrary.ts';
import { type GatewaySchema, schema } from '../support/gateway-schema.ts';
import { oddScalars, openOddCluster } from '../support/odd-cluster.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openOddCluster();
});

afterAll(() => gateway.close());

const budgetMs = 10_000;

/** What a client could have done better. All else is our fault. */
function isClientsFault(error: GraphQLError): boolean {
  const { originalError } = error;
  if (originalError instanceof GatewayError) return isExpected(originalError);
  // graphql's own words on an argument or a variable that does not fit.
  if (originalError === undefined || originalError instanceof GraphQLError) return /^(Argument|Variable) "/.test(error.message);
  return false;
}

function isExpected({ code, details, message }: GatewayError): boolean {
  if (message === '' || message.includes('undefined')) return false;
  if (code === 'BAD_USER_INPUT') return typeof details.field === 'string';
  // A placement report on what is not there; all other queries answer null.
  if (code === 'NOT_FOUND') return typeof details.kind === 'string' && typeof details.id === 'string';
  if (code === 'AGENT_UNREACHABLE' || code === 'AGENT_ERROR') return typeof details.hypervisorId === 'string';
  return code === 'BROKEN_RECORD' && typeof details.key === 'string';
}

async function run(document: string, variables: Readonly<Record<string, unknown>>) {
  try {
    return await gateway.run(document, { variables });
  } catch (error) {
    // It did not parse.
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

describe('any query', () => {
  it(
    'is answered, refused by the schema, or fails where it must with a typed error',
    async () => {
      const seed = Date.now() % 2 ** 31;
      const seen = { answered: 0, partly: 0, refused: 0, unparsable: 0 };
      const property = fc.asyncProperty(operationArbitrary({ schema, scalars: oddScalars }), async ({ document, variables }) => {
        const answer = await run(document, variables);
        if (answer === null) {
          seen.unparsable++;
          return;
        }
        const { data, errors = [] } = answer.result;
        if (data === undefined) {
          // Validation, or the coercion of variables: nothing was run.
          seen.refused++;
          expect(errors.length).toBeGreaterThan(0);
          expect(errors.every(({ path }) => path === undefined)).toBe(true);
          return;
        }
        expect(errors.filter((error) => !isClientsFault(error))).toEqual([]);
        expect(() => JSON.stringify(data)).not.toThrow();
        if (errors.length === 0) seen.answered++;
        else seen.partly++;
      });
      await fc.assert(property, { seed, numRuns: 1_000_000, interruptAfterTimeLimit: budgetMs, endOnFailure: true });
      console.info('fuzzed queries with seed', seed, seen);
      expect(Math.min(seen.answered, seen.partly, seen.refused)).toBeGreaterThan(10);
    },
    budgetMs * 3,
  );
});
