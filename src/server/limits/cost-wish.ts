/** Whether a request says `"extensions": { "cost": true }` beside its query: then the answer says what the operation costs. */
export function asksForCost(extensions: unknown): boolean {
  const { cost } = Object(extensions);
  return cost === true;
}
