import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSampleCluster } from '../src/demo/index.ts';
import { silentLog } from '../src/log.ts';
import { openMemoryStore } from '../src/store/embedded/index.ts';
import type { Store } from '../src/store/store.ts';
import { type Gateway, startGateway } from './support/gateway.ts';
import { schema } from './support/gateway-schema.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(project, 'README.md'), 'utf8');
const scripts = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, text = '']) => text);

describe('the scripts of the README', () => {
  let store: Store;
  let gateway: Gateway;
  let folder: string;
  beforeEach(async () => {
    store = openMemoryStore({ log: silentLog });
    gateway = await startGateway({ store, schema });
    const { keys, now } = gateway.services;
    const { signal } = new AbortController();
    await createSampleCluster({ store, keys, hypervisorCount: 6, guestCount: 40, now: now(), signal });
    await mkdir(join(project, '.cache'), { recursive: true });
    // Inside the project, where the packages are found that a script imports.
    folder = await mkdtemp(join(project, '.cache', 'readme-'));
    return async () => {
      await gateway.stop();
      await store.close();
    };
  });
  const running: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of running.splice(0)) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await rm(folder, { recursive: true });
  });

  it('are two, of some twenty lines and of thirty', () => {
    expect(scripts.map((script) => script.trim().split('\n').length)).toEqual([24, 30]);
  });

  it.each([0, 1])(
    'show each guest, and then each change of its state, also of a gateway that was started again: number %i',
    async (index) => {
      const path = join(folder, 'script.mjs');
      await writeFile(path, (scripts[index] ?? '').replaceAll('http://127.0.0.1:4000/graphql', gateway.url));
      const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
      running.push(child);
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      async function untilLine(pattern: RegExp): Promise<void> {
        for (;;) {
          const { value = '', done } = await lines.next();
          if (done === true) throw new Error(`It ended without ${pattern}`);
          if (pattern.test(value)) return;
        }
      }
      const { nodes } = (await gateway.ask('{ guests { nodes { id state } } }')).data.guests;
      const { id, state } = nodes.find((node: { readonly state: string }) => node.state === 'RUNNING');
      await untilLine(new RegExp(`${id} ${state}`));
      const { keys } = gateway.services;
      const key = `${keys.directory('GUEST', id)}state`;
      const put = (next: string) =>
        store.commit({ compares: [], writes: [{ type: 'put', key, value: Buffer.from(JSON.stringify({ state: next })) }] });
      for (const next of ['STOPPED', 'SUSPENDED']) {
        await put(next);
        await untilLine(new RegExp(`to: '${next}'`));
      }
      await gateway.stop();
      await put('RUNNING');
      gateway = await startGateway({ store, schema, port: gateway.port });
      await untilLine(/to: 'RUNNING'/);
    },
  );
});
