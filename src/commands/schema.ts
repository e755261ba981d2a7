import { checkUsage } from '../config/index.ts';
import { printedSchema } from '../schema/index.ts';
import type { Invocation } from './command-line.ts';
import { printResult } from './terminal.ts';

export async function schema({ source, terminal }: Invocation): Promise<void> {
  checkUsage(source);
  await printResult(terminal, printedSchema());
}
