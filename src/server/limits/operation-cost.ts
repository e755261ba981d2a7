import { type ExecutionArgs, type GraphQLSchema, getOperationAST, type OperationDefinitionNode } from 'graphql';
import type { ClientError } from '../client-error.ts';
import { tooComplex } from './complexity-error.ts';
import { type CostPlan, costPlanOf } from './cost-plan.ts';
import { introspectionSizes } from './introspection-size.ts';

export interface OperationCostOptions {
  readonly schema: GraphQLSchema;
  readonly limit: number;
}

/** What operations cost, which is known before they are executed. */
export class OperationCosts {
  readonly limit: number;
  readonly #schema: GraphQLSchema;
  readonly #introspection: ReadonlyMap<string, number>;
  /** They go when their documents go. */
  readonly #plans = new WeakMap<OperationDefinitionNode, CostPlan>();

  constructor({ schema, limit }: OperationCostOptions) {
    this.limit = limit;
    this.#schema = schema;
    this.#introspection = introspectionSizes(schema);
  }

  /** Of an operation of a valid document; 0 when the document does not have it. */
  of({ document, operationName, variableValues }: ExecutionArgs): number {
    const operation = getOperationAST(document, operationName);
    if (!operation) return 0;
    let plan = this.#plans.get(operation);
    if (plan === undefined) {
      plan = costPlanOf({ schema: this.#schema, document, operation, introspection: this.#introspection });
      this.#plans.set(operation, plan);
    }
    return plan(variableValues);
  }

  /** Why an operation of this cost is not executed; null: it is. */
  refusalOf(cost: number): ClientError | null {
    if (cost <= this.limit) return null;
    return tooComplex({
      counted: `The operation has a cost of ${cost}`,
      cost,
      limit: this.limit,
      option: 'costLimit',
      advice: 'ask for smaller pages, or for fewer fields of each item',
    });
  }
}
