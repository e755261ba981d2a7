// A process of its own for embedded-process.test.ts; it runs the built program, since Node 20 does not run TypeScript.
import { execFileSync } from 'node:child_process';
import { silentLog } from '../../dist/log.js';
import { openFolderStore } from '../../dist/store/embedded/index.js';

const [task, dataDir] = process.argv.slice(2);

const put = (key, value) => ({ type: 'put', key, value: Buffer.from(value) });

/** Commits pairs of keys for ever, several at a time, and tells of each one that was acknowledged. */
async function commitPairs(store) {
  let next = 0;
  const loop = async () => {
    for (;;) {
      const number = next++;
      const writes = [put(`left/${number}`, String(number)), put(`right/${number}`, String(number))];
      const { revision } = await store.commit({ compares: [], writes });
      process.send({ type: 'acknowledged', number, revision });
    }
  };
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(loop));
}

/** The largest size of any file that this process may write: a disk that is full, without root. */
function limitFileSize(bytes) {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
}

async function commitOntoFullDisk(store) {
  const commits = (revision) =>
    Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => {
        const writes = [put(`full/${index}`, 'x'.repeat(100_000)), put(`full/${index}/too`, revision)];
        return store.commit({ compares: [], writes });
      }),
    );
  const outcome = (settled) =>
    settled.status === 'fulfilled' ? settled.value.revision : (settled.reason.code ?? settled.reason.name);
  const keys = async () => (await store.read({ ranges: [{ start: 'full/', end: 'full0' }] })).results[0].entries.length;

  const before = (await store.commit({ compares: [], writes: [put('before', 'x')] })).revision;
  limitFileSize(1_000_000);
  const full = (await commits('full')).map(outcome);
  const keysWhenFull = await keys();
  const { revision: revisionWhenFull } = await store.status();
  limitFileSize('unlimited');
  const freed = (await commits('freed')).map(outcome);
  process.send({ type: 'filled', before, full, keysWhenFull, revisionWhenFull, freed, keysWhenFreed: await keys() });
}

try {
  const store = await openFolderStore(dataDir, { log: silentLog });
  process.send({ type: 'opened' });
  if (task === 'commit') await commitPairs(store);
  if (task === 'fill') await commitOntoFullDisk(store);
  process.on('message', async () => {
    await store.close();
    process.disconnect();
  });
} catch (error) {
  process.send({ type: 'refused', code: error.code, message: error.message }, () => process.disconnect());
}
