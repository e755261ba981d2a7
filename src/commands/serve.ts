import { readServeConfig } from '../config/index.ts';
import { openStore } from '../store/open.ts';
import type { Invocation } from './command-line.ts';
import { runGateway } from './gateway.ts';
import { checkJwtKeyFile } from './jwt-key-file.ts';
import { openObservation } from './observation.ts';
import { readPersistedOperations } from './persisted-operations.ts';
import { untilTerminated } from './termination.ts';

export async function serve({ source, terminal }: Invocation): Promise<void> {
  const config = readServeConfig(source);
  checkJwtKeyFile(config.access);
  const { persistedOperations: folder } = config;
  const persisted = folder === null ? null : readPersistedOperations(folder);
  const observation = await openObservation({ config, listedOperations: persisted?.operationNames ?? [] });
  const { log, observer } = observation;
  for (const warning of config.warnings) log.warn(warning);
  await untilTerminated(async (signal) => {
    const opened = await openStore(config.store, { log, observer, ...config });
    try {
      await runGateway({ ...opened, config, persisted, observation, terminal, signal });
    } finally {
      await opened.store.close();
    }
  }).finally(() => observation.close());
  log.info('stopped');
}
