import { round } from './measure.ts';

/** One number with what it is compared to. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What was aimed at, and whether it was reached; absent where nothing is aimed at. */
  readonly goal?: string;
  readonly isReached?: boolean;
}

export function atMost(name: string, value: number, limit: number, unit: string): Measurement {
  return { name, value: round(value), unit, goal: `at most ${limit}`, isReached: value <= limit };
}

export function atLeast(name: string, value: number, limit: number, unit: string): Measurement {
  return { name, value: round(value), unit, goal: `at least ${limit}`, isReached: value >= limit };
}

export function plain(name: string, value: number, unit: string): Measurement {
  return { name, value: round(value), unit };
}

/** The measurements as a table for people. */
export function table(measurements: readonly Measurement[]): string {
  const rows = measurements.map(({ name, value, unit, goal, isReached }) => [
    name,
    `${value.toLocaleString('en')} ${unit}`,
    goal ?? '',
    isReached === undefined ? '' : isReached ? 'reached' : 'MISSED',
  ]);
  const all = [['what', 'measured', 'goal', ''], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
