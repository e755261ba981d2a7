/** What the caller typed, or set in the environment, is wrong. Carries all problems, so that nobody has to find them one by one. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
