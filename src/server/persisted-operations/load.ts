import { type DocumentNode, GraphQLError, type GraphQLSchema, Kind, parse, validate } from 'graphql';
import { messageOf } from '../../errors.ts';
import { type OperationFile, readOperationFiles } from './operation-file.ts';
import { type PersistedDocument, PersistedOperations } from './persisted-operations.ts';

/** What is wrong with the folder, all of it: each with its file and line. */
export class PersistedOperationsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Reads the folder of operations, and checks each against the schema. Fails with a PersistedOperationsError. */
export function loadPersistedOperations(folder: string, schema: GraphQLSchema): PersistedOperations {
  const documents: PersistedDocument[] = [];
  const problems: string[] = [];
  for (const file of filesOf(folder)) {
    try {
      const document = parse(file.text);
      const found = [...namelessIn(document), ...validate(schema, document)];
      problems.push(...found.map((error) => problemOf(file, error)));
      documents.push({ text: file.text, document });
    } catch (error) {
      problems.push(problemOf(file, error));
    }
  }
  if (problems.length > 0) throw new PersistedOperationsError(problems);
  return new PersistedOperations(documents);
}

function filesOf(folder: string): readonly OperationFile[] {
  let files: readonly OperationFile[];
  try {
    files = readOperationFiles(folder);
  } catch (error) {
    throw new PersistedOperationsError([`${folder} can't be read: ${messageOf(error)}`]);
  }
  if (files.length === 0) throw new PersistedOperationsError([`${folder} holds no .graphql file: nothing could be asked`]);
  return files;
}

/** Logs and metrics tell operations apart by their names. */
function namelessIn(document: DocumentNode): readonly GraphQLError[] {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operations.length === 0) return [new GraphQLError('There is no operation in it.', { nodes: document.definitions })];
  return operations
    .filter(({ name }) => name === undefined)
    .map((operation) => new GraphQLError('The operation has no name.', { nodes: operation }));
}

function problemOf({ path }: OperationFile, error: unknown): string {
  const [place] = error instanceof GraphQLError ? (error.locations ?? []) : [];
  const where = place === undefined ? path : `${path}:${place.line}:${place.column}`;
  return `${where}: ${messageOf(error)}`;
}
