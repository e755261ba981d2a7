import { env } from 'node:process';
import fc from 'fast-check';

/** Of this run: chosen by `FUZZ_SEED`, so that one that failed can be had again, or by the clock. */
export function fuzzSeed(): number {
  const given = env.FUZZ_SEED;
  if (given === undefined) return Date.now() % 2 ** 31;
  if (!/^\d{1,10}$/.test(given)) throw new Error(`FUZZ_SEED is a whole number, and not ${JSON.stringify(given)}`);
  return Number(given);
}

export interface FuzzOptions<Input> {
  /** What is fuzzed, as it is printed. */
  readonly what: string;
  readonly seed: number;
  /** How many inputs, at least. */
  readonly inputs: number;
  readonly input: fc.Arbitrary<Input>;
  /** Sends them at the same time, and throws where one of them was not met as it should. */
  readonly send: (burst: readonly Input[]) => Promise<void>;
  /** How many one of them counts for. */
  readonly countOf: (input: Input) => number;
}

const inputsInBurst = 4;

/** Sends inputs until there were enough of them; returns how many there were. */
export async function fuzz<Input>({ what, seed, inputs, input, send, countOf }: FuzzOptions<Input>): Promise<number> {
  let count = 0;
  console.info(`fuzzes ${what} with FUZZ_SEED=${seed}`);
  const bursts = fc.array(input, { minLength: inputsInBurst, maxLength: inputsInBurst });
  const isDone = (): boolean => count >= inputs;
  const property = fc.asyncProperty(bursts, async (burst) => {
    if (isDone()) return;
    for (const one of burst) count += countOf(one);
    await send(burst);
  });
  // Not each of them counts for one: there are runs enough, and those that are too many do nothing.
  // A shorter one is not looked for: there is no end to it where documents are made step by step.
  const limits = { endOnFailure: true };
  await fc.assert(property, { seed, numRuns: Math.ceil(inputs / inputsInBurst), ...limits });
  return count;
}
