import { type ExecutionArgs, type GraphQLSchema, getOperationAST, type OperationDefinitionNode } from 'graphql';
import type { ClientError } from '../client-error.ts';
import { tooComplex } from './complexity-error.ts';
import { type CostPlan, costPlanOf } from './cost-plan.ts';
import { introspectionSizes } from './introspection-size.ts';

export interface OperationCostOptions {
  readonly schema: GraphQLSchema;
  readonly limit: number;
}

/** It comes again and again, and its subscription counts as a request once. */
const eventsAQuery = 50;

/** What operations cost, which is known before they are executed. */
export class OperationCosts {
  readonly limit: number;
  /** Of one event of a subscription. */
  readonly eventLimit: number;
  readonly #schema: GraphQLSchema;
  readonly #introspection: ReadonlyMap<string, number>;
  /** They go when their documents go. */
  readonly #plans = new WeakMap<OperationDefinitionNode, CostPlan>();

  constructor({ schema, limit }: OperationCostOptions) {
    this.limit = limit;
    this.eventLimit = Math.ceil(limit / eventsAQuery);
    this.#schema = schema;
    this.#introspection = introspectionSizes(schema);
  }

  /** Of an operation of a valid document, of a subscription for one event; 0 when the document does not have it. */
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

  /** Why a query or a mutation of this cost is not executed; null: it is. */
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

  /** Why a subscription whose events have this cost does not begin; null: it does. */
  refusalOfEvents(cost: number): ClientError | null {
    if (cost <= this.eventLimit) return null;
    return tooComplex({
      counted: `Each event of the subscription has a cost of ${cost}`,
      cost,
      limit: this.eventLimit,
      option: 'costLimit',
      advice: `that is 1/${eventsAQuery} of what a query may have; ask for less of each event, and for the rest by a query`,
    });
  }
}
