import type { TokenPlace } from '../auth/index.ts';
import type { TokenConfig } from '../config/index.ts';
import { openLog } from '../log.ts';
import { openKeys } from '../store/keys.ts';
import type { OpenOptions, SharedChoice } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { untilTerminated } from './termination.ts';

export interface TokenWork {
  readonly config: TokenConfig;
  readonly open: (choice: SharedChoice, options: OpenOptions) => Promise<Store>;
}

/** Opens the store, does something with its tokens, and closes it. */
export async function withTokens(
  { config, open }: TokenWork,
  work: (place: Required<TokenPlace>) => Promise<void>,
): Promise<void> {
  const log = openLog(config.logLevel);
  for (const warning of config.warnings) log.warn(warning);
  await untilTerminated(async (signal) => {
    const store = await open(config.store, { log, prefix: config.prefix, signal });
    try {
      await work({ store, keys: openKeys(config.prefix), signal });
    } finally {
      await store.close();
    }
  });
}
