import { readExportConfig } from '../config/index.ts';
import { messageOf } from '../errors.ts';
import { openLog } from '../log.ts';
import { joinExistingStore } from '../store/open.ts';
import { keyFromText } from '../store/range.ts';
import { exportPages } from '../store/transfer/index.ts';
import type { Invocation } from './command-line.ts';
import { OutputClosedError, printMessage, printResult } from './terminal.ts';
import { untilTerminated } from './termination.ts';

export async function exportPrefix({ source, terminal }: Invocation): Promise<void> {
  const config = readExportConfig(source);
  const log = openLog(config.logLevel);
  for (const warning of config.warnings) log.warn(warning);
  await untilTerminated(async (signal) => {
    const store = await joinExistingStore(config.store, { log, prefix: config.prefix, signal });
    let keyCount = 0;
    try {
      let revision = 0;
      for await (const page of exportPages({ store, prefix: keyFromText(config.prefix), signal })) {
        keyCount += page.keyCount;
        revision = page.revision;
        await printResult(terminal, page.text, signal);
      }
      printMessage(terminal, `exported ${keyCount} keys at revision ${revision}`);
    } catch (error) {
      if (error instanceof OutputClosedError || keyCount === 0) throw error;
      throw new Error(`The export is incomplete, it stopped after ${keyCount} keys: ${messageOf(error)}`, { cause: error });
    } finally {
      await store.close();
    }
  });
}
