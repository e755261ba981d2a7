/**
 * How much the process computed at most between two turns of the event loop while `work` ran. In time of the processor: so it does
 * not matter what else the machine does.
 */
export async function longestTurnMs<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly turnMs: number }> {
  let turnMs = 0;
  let before = process.cpuUsage();
  let watching: boolean = true;
  const turn = () => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    turnMs = Math.max(turnMs, (user + system) / 1000);
    if (watching) setImmediate(turn);
  };
  setImmediate(turn);
  const result = await work();
  watching = false;
  await new Promise((resolve) => setImmediate(resolve));
  return { result, turnMs };
}
