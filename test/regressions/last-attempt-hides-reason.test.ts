// Symptom: a read of an etcd that has lost commits said "it gave no answer in time" when its last attempt was cut short.
import { rm } from 'node:fs/promises';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { startEtcd } from '../support/etcd.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

it('an endpoint that says why it can not be used and then falls silent: the failure says why', async () => {
  const etcd = await startEtcd();
  const proxy = await startTcpProxy(etcd.port);
  const reasons: string[] = [];
  const log = pino(
    { level: 'warn' },
    {
      write(line: string) {
        reasons.push(line);
        if (line.includes('it has lost commits')) proxy.pause();
      },
    },
  );
  const store = openEtcdStore({ endpoints: [proxy.url], requestTimeoutMs: 3000, log });
  for (const value of ['1', '2', '3']) {
    await store.commit({ compares: [], writes: [{ type: 'put', key: 'a', value: Buffer.from(value) }] });
  }
  await etcd.stop();
  await rm(etcd.dataDir, { recursive: true });
  await etcd.restart();
  await expect(store.read({ ranges: [] })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('it has lost commits'),
  });
  expect(reasons.join()).toContain('it has lost commits');
  await store.close();
  await proxy.close();
  await etcd.close();
});
