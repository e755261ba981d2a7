import { setFlagsFromString } from 'node:v8';

/**
 * V8 lets garbage grow to as much as what is in use before it collects it. A gateway holds its whole cluster: it collects when a quarter
 * has come on top, so that it stays small beside what else runs on its machine.
 */
export function boundHeapGrowth(): void {
  setFlagsFromString('--heap-growing-percent=25');
}
