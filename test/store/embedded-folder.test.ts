import { silentLog } from '../../src/log.ts';
import { openFolderStore } from '../../src/store/embedded/index.ts';
import { openTemporaryDirectory } from '../support/temporary-directory.ts';
import { contractHistory, openedForContract } from './embedded-opening.ts';
import { storeContract } from './store-contract.ts';

storeContract('the embedded store in a folder', async () => {
  const folder = await openTemporaryDirectory();
  const store = await openFolderStore(folder.path, { log: silentLog, history: contractHistory });
  return openedForContract(store, async () => {
    await store.close();
    await folder.remove();
  });
});
