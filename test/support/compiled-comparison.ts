import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import {
  type DocumentNode,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
  validate,
} from 'graphql';
import { expect } from 'vitest';
import type { Context } from '../../src/context.ts';
import { GatewayError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { tolerateAbandonedErrors } from '../../src/server/abandoned-error.ts';
import { type Execute, openExecutor } from '../../src/server/execution/index.ts';
import { planOf } from '../../src/server/execution/plan.ts';
import { brittleSchema } from './brittle-schema.ts';
import { operationArbitrary, type RandomOperation } from './document-arbitrary.ts';
import { dress } from './dressed-document.ts';
import { oddScalars, openOddCluster } from './odd-cluster.ts';

export interface Compared {
  /** Not valid, or not even a document: nobody executes it. */
  refused: number;
  /** Left to graphql-js. */
  unplanned: number;
  /** Executed by a plan, and by that alone. */
  planned: number;
  /** Executed by a plan, and then by graphql-js for its errors. */
  failed: number;
}

interface Asked {
  readonly operation: RandomOperation;
  readonly dressing: fc.GeneratorValue;
  readonly brittleness: number;
}

export interface ComparisonOptions {
  /** Whether resolvers mostly have at once what they give. */
  readonly withCatalog: boolean;
  readonly seed: number;
  /** How many operations, refused ones and those without a plan among them. */
  readonly runs: number;
}

const failuresOfAThousand = [0, 4, 30];

/** Executes random operations by graphql-js and by plans, and fails at the first difference. */
export async function compareExecutions({ withCatalog, seed, runs }: ComparisonOptions): Promise<Compared> {
  const gateway = await openOddCluster({ withCatalog });
  const schemas = failuresOfAThousand.map((failures) => brittleSchema({ failures }));
  const compared: Compared = { refused: 0, unplanned: 0, planned: 0, failed: 0 };
  const asked = fc.record({
    operation: operationArbitrary({ schema: brittleSchema({ failures: 0 }), scalars: oddScalars }),
    dressing: fc.gen(),
    brittleness: fc.nat({ max: schemas.length - 1 }),
  });
  async function compare({ operation, dressing, brittleness }: Asked): Promise<void> {
    const schema = schemas[brittleness] ?? brittleSchema({ failures: 0 });
    const parsed = parsedOrNull(operation.document);
    const dressed =
      parsed === null ? null : dress({ schema, document: parsed, variables: operation.variables, generate: dressing });
    if (dressed === null || validate(schema, dressed.document).length > 0) {
      compared.refused++;
      return;
    }
    const { variables, document } = dressed;
    const ask = { schema, document, variableValues: variables, newContext: () => gateway.newContext() };
    // What is left to graphql-js need not be compared, and some of it can't be: agents answer in any order.
    if (!hasPlan(ask)) {
      compared.unplanned++;
      return;
    }
    const expected = await resultOf(ask, execute);
    const executor = openExecutor({ schema });
    const hasFailed = expected.errors.length > 0;
    // The first time, each operation is left to graphql-js.
    expect(await resultOf(ask, executor)).toEqual(expected);
    expect(await resultOf(ask, executor)).toEqual({ ...expected, hasFailed });
    if (hasFailed) compared.failed++;
    else compared.planned++;
  }
  const property = fc.asyncProperty(asked, compare);
  // graphql-js abandons promises. All other ones that nobody waits for end the test.
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const stopTolerating = tolerateAbandonedErrors(silentLog);
  try {
    await fc.assert(property, { seed, numRuns: runs, endOnFailure: true });
  } finally {
    // What was abandoned fails in this turn.
    await nextTurn();
    stopTolerating();
    for (const listener of listeners) process.on('unhandledRejection', listener);
    await gateway.close();
  }
  return compared;
}

function parsedOrNull(text: string): DocumentNode | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

interface Ask {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly variableValues: Readonly<Record<string, unknown>>;
  readonly newContext: () => Context;
}

function hasPlan({ schema, document, variableValues }: Ask): boolean {
  const operation = getOperationAST(document);
  if (!operation) return false;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues);
  return coerced !== undefined && planOf({ schema, document, operation, variableValues: coerced }) !== null;
}

/** All that a client could see of a result, as text where order counts. */
async function resultOf(ask: Ask, executeBy: Execute): Promise<Result> {
  const contextValue = ask.newContext();
  const { schema, document, variableValues } = ask;
  const result = await executeBy({ schema, document, variableValues, contextValue });
  if (result === null) return { ...(await resultOf(ask, execute)), hasFailed: true };
  const { data, errors = [], ...others } = result;
  const { broken } = contextValue.account();
  return { data: JSON.stringify(data), errors: errors.map(visible), others, broken, hasFailed: false };
}

interface Result {
  readonly data: string;
  readonly errors: readonly object[];
  readonly others: object;
  readonly broken: readonly object[];
  readonly hasFailed: boolean;
}

function visible(error: GraphQLError): object {
  const { originalError } = error;
  const origin =
    originalError instanceof GatewayError ? { code: originalError.code, details: originalError.details } : originalError?.message;
  return { ...error.toJSON(), origin };
}
