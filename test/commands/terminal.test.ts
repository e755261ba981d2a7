import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { OutputClosedError, printResult } from '../../src/commands/terminal.ts';

function terminalOn(stdout: Writable) {
  stdout.on('error', () => undefined);
  return { stdin: new PassThrough(), stdout, stderr: new PassThrough() };
}

function failingWith(code: string): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
}

describe('printing a result', () => {
  it('waits until it is taken', async () => {
    let take = () => {};
    const slow = new Writable({
      write(_chunk, _encoding, done) {
        take = done;
      },
    });
    let isTaken = false;
    const printing = printResult(terminalOn(slow), 'x').then(() => {
      isTaken = true;
    });
    expect(isTaken).toBe(false);
    take();
    await printing;
    expect(isTaken).toBe(true);
  });

  it('says that nobody reads it any more', async () => {
    await expect(printResult(terminalOn(failingWith('EPIPE')), 'x')).rejects.toThrow(OutputClosedError);
  });

  it('fails with what else went wrong', async () => {
    await expect(printResult(terminalOn(failingWith('ENOSPC')), 'x')).rejects.toThrow('ENOSPC');
  });

  it('waits no longer than it is meant to', async () => {
    const interrupt = new AbortController();
    const printing = printResult(terminalOn(new Writable({ write: () => undefined })), 'x', interrupt.signal);
    interrupt.abort(new Error('interrupted'));
    await expect(printing).rejects.toThrow('interrupted');
  });
});
