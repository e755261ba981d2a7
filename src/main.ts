#!/usr/bin/env node
import { runCommandLine } from './commands/command-line.ts';

// A write that fails is told to its caller; without a listener the same error would also end the process, with a stack.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const exitCode = await runCommandLine(process.argv.slice(2), process);
process.exitCode = exitCode;
// After a failure nobody waits for the rest of a result to be read.
if (exitCode !== 0) process.exit();
