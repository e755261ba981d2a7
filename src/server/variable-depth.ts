import { refusal } from './request-error.ts';

/** No input of the schema has a tenth of it. What compares or prints values calls itself for each level: the stack is its only limit. */
const variableDepthLimit = 100;

/** Refuses variables of which one is nested too deeply, before anybody goes down into it. */
export function requireShallow(variables: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (!isTooDeep(value)) continue;
    throw refusal({ status: 400, field: name, message: `The value of a variable has at most ${variableDepthLimit} levels` });
  }
}

/** Of any value that a client has sent. */
export function isTooDeep(value: unknown): boolean {
  return isDeeper(value, variableDepthLimit);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Object.values(value)) if (isDeeper(inner, levels - 1)) return true;
  return false;
}
