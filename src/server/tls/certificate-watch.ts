import { messageOf } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { markOf, type ReadKeyPair, readKeyPair, type TlsFiles } from './certificate-file.ts';

export interface CertificateWatchOptions {
  readonly files: TlsFiles;
  /** What was read from them before. */
  readonly inForce: ReadKeyPair;
  readonly onChange: (pair: ReadKeyPair) => void;
  readonly log: Logger;
  /** Between two looks. */
  readonly intervalMs: number;
}

export interface CertificateWatch {
  close(): void;
}

/**
 * Looks again and again whether the files are other ones: two calls of stat, which work on every file system, through links and after a
 * rename. A change is read once a whole interval went by without another: the two files are mostly written one after the other.
 *
 * What can't be used is told once, and the pair in force stays.
 */
export function watchCertificate({ files, log, onChange, intervalMs, ...options }: CertificateWatchOptions): CertificateWatch {
  let { inForce } = options;
  // Of what was read at the start, none is known: it may have been another one by the first look.
  let read: string | null = null;
  let seen: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;

  async function look(): Promise<void> {
    const mark = await markOf(files);
    if (isClosed) return;
    if (mark === seen && mark !== read) {
      read = mark;
      take();
    }
    seen = mark;
    timer = setTimeout(() => void look(), intervalMs).unref();
  }

  function take(): void {
    try {
      const pair = readKeyPair(files);
      if (pair.cert === inForce.cert && pair.key === inForce.key) return;
      onChange(pair);
      inForce = pair;
      log.info({ expiresAt: pair.expiresAt }, 'certificate changed');
    } catch (error) {
      log.warn({ reason: messageOf(error), expiresAt: inForce.expiresAt }, 'certificate not changed: the old one stays in force');
    }
  }

  void look();
  return {
    close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
