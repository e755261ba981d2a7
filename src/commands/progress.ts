import type { Terminal } from './terminal.ts';

/** What is done sooner needs no bar. */
const showAfterMs = 2000;
const redrawMs = 100;
const barWidth = 30;
const eraseLine = '\r\u001b[K';

export interface Progress {
  update(done: number): void;
  /** Removes the bar. */
  end(): void;
}

export interface ProgressOptions {
  readonly terminal: Terminal;
  /** What is being done, such as `Writing`. */
  readonly label: string;
  readonly total: number;
  /** Monotonic, in milliseconds. */
  readonly now?: () => number;
}

/** A bar on standard error, when that is a terminal and the work takes long. */
export function openProgress({
  terminal: { stderr },
  label,
  total,
  now = performance.now.bind(performance),
}: ProgressOptions): Progress {
  let drawAt = now() + showAfterMs;
  let isShown = false;
  return {
    update(done) {
      if (stderr.isTTY !== true || now() < drawAt) return;
      drawAt = now() + redrawMs;
      isShown = true;
      stderr.write(eraseLine + bar(label, total === 0 ? 1 : Math.min(1, done / total)));
    },
    end() {
      if (isShown) stderr.write(eraseLine);
    },
  };
}

function bar(label: string, share: number): string {
  const filled = Math.round(share * barWidth);
  return `${label} [${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
}
