import { type DocumentNode, type ExecutionArgs, getOperationAST, Kind, type OperationDefinitionNode, visit } from 'graphql';

interface Known {
  readonly id: number;
  /** By the operation's name: the variables that an answer depends on. */
  readonly variables: Map<string, readonly string[]>;
}

/**
 * What makes two subscribers ask the same of an event: the document, which operation of it, and the variables that its answer depends on.
 * Those of the root field's own arguments say which events are told, and not what is said of them: each client has an `after` of
 * its own. What may differ between two who ask the same must become a part of the question.
 */
export class Questions {
  readonly #documents = new WeakMap<DocumentNode, Known>();
  #count = 0;

  of({ document, operationName, variableValues }: ExecutionArgs): string {
    // Documents that are sent again and again are parsed once, so each is one object.
    let known = this.#documents.get(document);
    if (known === undefined) {
      known = { id: this.#count++, variables: new Map() };
      this.#documents.set(document, known);
    }
    const name = operationName ?? '';
    let variables = known.variables.get(name);
    if (variables === undefined) {
      variables = answeringVariables(document, getOperationAST(document, operationName));
      known.variables.set(name, variables);
    }
    // One that is left to its default is left out: null is another value.
    const values = Object.fromEntries(variables.map((variable) => [variable, variableValues?.[variable]]));
    return JSON.stringify([known.id, name, values]);
  }
}

/** All that the document uses, but where that is an argument of the operation's root field. */
function answeringVariables(document: DocumentNode, operation: OperationDefinitionNode | null | undefined): readonly string[] {
  const roots = new Set<unknown>(
    operation?.selectionSet.selections.flatMap((root) => (root.kind === Kind.FIELD ? (root.arguments ?? []) : [])),
  );
  const names = new Set<string>();
  visit(document, {
    Argument: (argument) => (roots.has(argument) ? false : undefined),
    VariableDefinition: () => false,
    Variable: ({ name }) => void names.add(name.value),
  });
  return [...names];
}
