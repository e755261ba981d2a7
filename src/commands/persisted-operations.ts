import { UsageError } from '../config/index.ts';
import { buildSchema } from '../schema/index.ts';
import {
  loadPersistedOperations,
  type PersistedOperations,
  PersistedOperationsError,
} from '../server/persisted-operations/index.ts';

/** Reads the folder before anything is opened. What is wrong in it is told as what is wrong with options is. */
export function readPersistedOperations(folder: string): PersistedOperations {
  try {
    return loadPersistedOperations(folder, buildSchema());
  } catch (error) {
    if (!(error instanceof PersistedOperationsError)) throw error;
    throw new UsageError(error.problems.map((problem) => `--persisted-operations: ${problem}`));
  }
}
