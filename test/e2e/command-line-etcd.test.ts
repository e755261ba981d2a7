import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EtcdServer, startEtcd } from '../support/etcd.ts';
import { freePorts } from '../support/free-port.ts';
import { run, startGateway } from './program.ts';

const clusterFile = 'test/fixtures/cluster-a.jsonl';

describe('the command line on etcd', () => {
  let etcd: EtcdServer;

  beforeAll(async () => {
    etcd = await startEtcd();
  });

  afterAll(() => etcd.close());

  it('imports a file, serves it, and exports it byte for byte', async () => {
    const { ask, program } = await startGateway(['serve', '--no-jobs', '--etcd', etcd.url]);
    const imported = await run(['import', clusterFile, '--lease-seconds', '60'], { env: { LOCHNESS_ETCD: etcd.url } });
    expect(imported).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('5 of them under a lease of 60 s') });
    expect(await ask('{ guests(first: 0) { totalCount } cluster { store { kind } } }')).toEqual({
      guests: { totalCount: 12 },
      cluster: { store: { kind: 'etcd' } },
    });
    const lines = (await readFile(clusterFile, 'utf8')).split(/(?<=\n)/);
    const exported = await run(['export', '--etcd', etcd.url]);
    expect(exported).toMatchObject({ code: 0, stdout: lines.filter((line) => !line.includes('.lock"')).join('') });
    expect(await program.end('SIGTERM')).toMatchObject({ code: 0 });
  });

  it('keeps prefixes apart', async () => {
    const input = '{"key":"/other/config/a","value":"1","lease":false}\n';
    const args = ['--etcd', etcd.url, '--prefix', '/other/'];
    expect(await run(['import', '-', ...args], { input })).toMatchObject({ code: 0 });
    expect(await run(['export', ...args])).toMatchObject({ code: 0, stdout: input });
  });

  it('fails with 1 and says so when etcd does not answer, and has written nothing', async () => {
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    for (const args of [['export'], ['import', clusterFile]]) {
      const { code, stdout, stderr } = await run([...args, '--etcd', url]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(url);
    }
  });

  it('serves before etcd is there', async () => {
    const [port] = await freePorts(1);
    const { url } = await startGateway(['serve', '--etcd', `http://127.0.0.1:${port}`]);
    const origin = new URL(url).origin;
    expect((await fetch(`${origin}/health`)).status).toBe(200);
    expect((await fetch(`${origin}/ready`)).status).toBe(503);
  });
});
