import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openProgress } from '../../src/commands/progress.ts';

class Screen extends Writable {
  readonly isTTY: boolean;
  text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function openOn(stderr: Screen, total: number) {
  let time = 0;
  const terminal = { stdin: process.stdin, stdout: process.stdout, stderr };
  const progress = openProgress({ terminal, label: 'Writing', total, now: () => time });
  return {
    after(ms: number, done: number) {
      time += ms;
      progress.update(done);
    },
    end: progress.end,
  };
}

describe('a progress bar', () => {
  it('shows up after two seconds, is drawn again ten times a second, and goes at the end', () => {
    const screen = new Screen(true);
    const progress = openOn(screen, 200);
    progress.after(1999, 50);
    expect(screen.text).toBe('');
    progress.after(1, 100);
    expect(screen.text).toBe('\r\u001b[KWriting [###############---------------]  50 %');
    progress.after(99, 150);
    progress.after(1, 200);
    progress.end();
    expect(screen.text.split('\r\u001b[K').slice(2)).toEqual(['Writing [##############################] 100 %', '']);
  });

  it('writes nothing when the work is done at once', () => {
    const screen = new Screen(true);
    const progress = openOn(screen, 3);
    progress.after(10, 3);
    progress.end();
    expect(screen.text).toBe('');
  });

  it('writes nothing to what is no terminal', () => {
    const screen = new Screen(false);
    const progress = openOn(screen, 200);
    progress.after(10_000, 100);
    progress.end();
    expect(screen.text).toBe('');
  });

  it('of nothing to do is full, and never over', () => {
    const screen = new Screen(true);
    openOn(screen, 0).after(3000, 0);
    openOn(screen, 10).after(3000, 12);
    expect(screen.text.match(/100 %/g)).toHaveLength(2);
  });
});
