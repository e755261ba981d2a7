import {
  coerceInputValue,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLInputType,
  getOperationAST,
  isInputType,
  Kind,
  typeFromAST,
} from 'graphql';
import { gatewayErrorIn } from './answer-error.ts';
import { type ClientError, isClientError } from './client-error.ts';
import { inputError } from './request-error.ts';

/** Told of one operation. Each of them prints the whole value that it is about, so a large one has to have few. */
const variableErrorLimit = 10;

export const coercionOptions = { maxCoercionErrors: variableErrorLimit };

/**
 * Of each error about the value of a variable, which field of that value is wrong: where `$input` is a whole input object, that its
 * `cidr` is. The executor says it in its message alone, so the values are looked at again, in the same order.
 */
export function nameVariableFields(errors: readonly unknown[], args: ExecutionArgs): readonly unknown[] {
  if (!errors.some(isAtVariable)) return errors;
  const fields = wrongFields(args);
  return errors.map((error) => {
    if (isAboutVariable(error)) return named(error, fields);
    return isAboutAll(error) ? inputError(error, 'variables') : error;
  });
}

type FieldsByVariable = ReadonlyMap<string, (string | null)[]>;

/** For each variable, one for each error: the last name on the way to the wrong value; null where that is the variable itself. */
function wrongFields({ schema, document, operationName, variableValues }: ExecutionArgs): FieldsByVariable {
  const fields = new Map<string, (string | null)[]>();
  for (const { variable, type: typeNode } of getOperationAST(document, operationName)?.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode);
    const value = variableValues?.[name];
    if (!isInputType(type) || value === undefined) continue;
    fields.set(name, wrongNames(value, type));
  }
  return fields;
}

function wrongNames(value: unknown, type: GraphQLInputType): (string | null)[] {
  const wrong: (string | null)[] = [];
  const enough = new Error('Of more nobody is told');
  try {
    coerceInputValue(value, type, (path) => {
      if (wrong.length === variableErrorLimit) throw enough;
      wrong.push(path.findLast((part) => typeof part === 'string') ?? null);
    });
  } catch (error) {
    if (error !== enough) throw error;
  }
  return wrong;
}

function named(error: GraphQLError, fields: FieldsByVariable): ClientError {
  const [definition] = error.nodes ?? [];
  const name = definition?.kind === Kind.VARIABLE_DEFINITION ? definition.variable.name.value : '';
  return inputError(error, fields.get(name)?.shift() ?? undefined);
}

/** One that says itself which field it is about is left alone. */
function isAboutVariable(error: unknown): error is GraphQLError {
  return isAtVariable(error) && !isClientError(error) && gatewayErrorIn(error) === null;
}

/** Beside errors at variables, where nothing was executed: of too many of them, the last one says that, and is at none. */
function isAboutAll(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && error.nodes === undefined && error.originalError === undefined;
}

function isAtVariable(error: unknown): error is GraphQLError {
  if (!(error instanceof Error) || !('nodes' in error) || !Array.isArray(error.nodes)) return false;
  return error.nodes[0]?.kind === Kind.VARIABLE_DEFINITION;
}
