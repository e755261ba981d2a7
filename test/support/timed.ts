/** What `work` ended in, and after how long. */
export async function timed<T>(work: Promise<T>): Promise<{ readonly outcome: PromiseSettledResult<T>; readonly ms: number }> {
  const start = performance.now();
  const [outcome] = await Promise.allSettled([work]);
  return { outcome, ms: performance.now() - start };
}
