import { destination, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  /** What each line has besides, by where it is written. */
  readonly mixin?: () => object;
}

/** JSON lines on standard error: standard output carries results only. */
export function openLog(level: LogLevel, { mixin }: LogOptions = {}): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, ...(mixin === undefined ? {} : { mixin }) };
  return pino(options, destination({ dest: 2, sync: false }));
}

/** A log that says nothing, for tests and for commands that only print a result. */
export const silentLog: Logger = pino({ level: 'silent' });
