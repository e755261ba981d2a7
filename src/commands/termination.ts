const signals = ['SIGINT', 'SIGTERM'] as const;
type Signal = (typeof signals)[number];

/** Why a command ends early. */
export class TerminatedError extends Error {
  override readonly name = 'TerminatedError';
  constructor(signal: Signal) {
    super(`${signal} was received`);
  }
}

/** What a shell reports of a process that was interrupted. */
const interruptedExitCode = 130;

/**
 * Runs something that ends in good order when the process is told to end. Whoever does not want to wait for that tells it a
 * second time: then it ends at once.
 */
export async function untilTerminated<Result>(run: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const terminate = (signal: Signal) => {
    if (controller.signal.aborted) process.exit(interruptedExitCode);
    controller.abort(new TerminatedError(signal));
  };
  for (const signal of signals) process.on(signal, terminate);
  try {
    return await run(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, terminate);
  }
}
