import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { contractHistory, openedForContract } from './embedded-opening.ts';
import { storeContract } from './store-contract.ts';

storeContract('the embedded store in memory', async () => {
  const store = openMemoryStore({ log: silentLog, history: contractHistory });
  return openedForContract(store, () => store.close());
});
