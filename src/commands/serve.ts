import { readServeConfig } from '../config/index.ts';
import { openLog } from '../log.ts';
import { openStore } from '../store/open.ts';
import type { Invocation } from './command-line.ts';
import { runGateway } from './gateway.ts';
import { untilTerminated } from './termination.ts';

export async function serve({ source, terminal }: Invocation): Promise<void> {
  const config = readServeConfig(source);
  const log = openLog(config.logLevel);
  for (const warning of config.warnings) log.warn(warning);
  await untilTerminated(async (signal) => {
    const { store, memory } = await openStore(config.store, { log, ...config });
    try {
      await runGateway({ config, store, memory, log, terminal, signal });
    } finally {
      await store.close();
    }
  });
  log.info('stopped');
}
