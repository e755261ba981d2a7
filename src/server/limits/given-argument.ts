import { type FieldNode, type GraphQLField, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import type { Cost, CostRun } from './cost.ts';

export type AnyField = GraphQLField<unknown, unknown>;

/** What is known of the arguments of a field before it is executed. */
export interface GivenArguments {
  /** A number that follows from the values of some arguments; at once, where none of them depends on a variable. */
  derive(names: readonly string[], from: (...values: readonly unknown[]) => number): Cost;
  /** The same, of all that are given, whatever their names. */
  deriveFromAll(from: (values: readonly unknown[]) => number): Cost;
}

/** Values are as the client sent them: what does not fit its type is refused when the operation is executed. */
export function givenArguments(field: AnyField, { arguments: nodes = [] }: FieldNode): GivenArguments {
  function nodeOf(name: string): ValueNode | undefined {
    return nodes.find((node) => node.name.value === name)?.value;
  }
  function valueIn(name: string, run: CostRun | null): unknown {
    const fallback = field.args.find((argument) => argument.name === name)?.defaultValue;
    const node = nodeOf(name);
    if (node === undefined) return fallback;
    if (node.kind === Kind.VARIABLE) return run?.variable(node.name.value) ?? fallback;
    return valueFromASTUntyped(node, run === null ? null : usedVariables(node, run));
  }
  function derive(names: readonly string[], from: (...values: readonly unknown[]) => number): Cost {
    const dependsOnVariables = names.some((name) => hasVariable(nodeOf(name)));
    if (dependsOnVariables) return (run) => from(...names.map((name) => valueIn(name, run)));
    return from(...names.map((name) => valueIn(name, null)));
  }
  const given = nodes.map(({ name }) => name.value);
  return { derive, deriveFromAll: (from) => derive(given, (...values) => from(values)) };
}

function hasVariable(node: ValueNode | undefined): boolean {
  return node !== undefined && variablesIn(node).length > 0;
}

function usedVariables(node: ValueNode, { variable }: CostRun): Record<string, unknown> {
  return Object.fromEntries(variablesIn(node).map((name) => [name, variable(name)]));
}

function variablesIn(node: ValueNode): readonly string[] {
  if (node.kind === Kind.VARIABLE) return [node.name.value];
  if (node.kind === Kind.LIST) return node.values.flatMap(variablesIn);
  return node.kind === Kind.OBJECT ? node.fields.flatMap(({ value }) => variablesIn(value)) : [];
}
