import { type ImportConfig, readImportConfig } from '../config/index.ts';
import { openLog } from '../log.ts';
import { joinStore } from '../store/open.ts';
import { keyFromText } from '../store/range.ts';
import type { Store } from '../store/store.ts';
import {
  checkFile,
  entriesOf,
  type ImportReport,
  importEntries,
  keepAside,
  openTransferFile,
  type TransferFile,
} from '../store/transfer/index.ts';
import type { Invocation } from './command-line.ts';
import { explainImportError, foreignKeysMessage, importSummary } from './import-text.ts';
import { openProgress } from './progress.ts';
import { printMessage, type Terminal } from './terminal.ts';
import { untilTerminated } from './termination.ts';

export async function importFile({ source, operands, terminal }: Invocation): Promise<void> {
  const config = readImportConfig(source);
  const log = openLog(config.logLevel);
  for (const warning of config.warnings) log.warn(warning);
  await untilTerminated(async (signal) => {
    const file = await openFile(operands[0] ?? '-', { terminal, signal }).catch((error: unknown) => {
      throw explainImportError(error, { config, lineCount: 0 });
    });
    try {
      const lineCount = await check({ file, config, terminal, signal });
      const store = await joinStore(config.store, { log, prefix: config.prefix, signal });
      try {
        const report = await write({ file, lineCount, store, config, terminal, signal });
        printMessage(terminal, importSummary(report, config));
        const foreign = report.leftovers?.foreign ?? null;
        if (foreign !== null) throw new Error(foreignKeysMessage(foreign));
      } finally {
        await store.close();
      }
    } finally {
      await file.close();
    }
  });
}

function openFile(operand: string, { terminal, signal }: { terminal: Terminal; signal: AbortSignal }): Promise<TransferFile> {
  return operand === '-' ? keepAside(terminal.stdin, signal) : openTransferFile(operand, signal);
}

interface Work {
  readonly file: TransferFile;
  readonly config: ImportConfig;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function check({ file, config, terminal, signal }: Work): Promise<number> {
  const progress = openProgress({ terminal, label: 'Checking', total: file.bytes });
  try {
    const lineCount = await checkFile({ file, prefix: keyFromText(config.prefix), signal, onBytes: progress.update });
    if (lineCount === 0 && config.onExisting === 'replace') throw new Error('The file is empty: nothing would be left');
    return lineCount;
  } catch (error) {
    throw explainImportError(error, { config, lineCount: 0 });
  } finally {
    progress.end();
  }
}

async function write({
  file,
  config,
  terminal,
  signal,
  store,
  lineCount,
}: Work & { store: Store; lineCount: number }): Promise<ImportReport> {
  const progress = openProgress({ terminal, label: 'Writing', total: lineCount });
  const { onExisting, leaseSeconds } = config;
  try {
    return await importEntries({
      store,
      prefix: keyFromText(config.prefix),
      entries: entriesOf(file),
      onExisting,
      leaseSeconds,
      signal,
      onWritten: progress.update,
    });
  } catch (error) {
    throw explainImportError(error, { config, lineCount });
  } finally {
    progress.end();
  }
}
