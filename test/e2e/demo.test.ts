import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { portOf } from '../support/free-port.ts';
import { json, startScriptedAgent } from '../support/scripted-agent.ts';
import { openEventSource } from '../support/sse-client.ts';
import { openTemporaryDirectory } from '../support/temporary-directory.ts';
import { Program, run, startGateway } from './program.ts';

const clusterFile = 'test/fixtures/cluster-a.jsonl';

async function temporaryFolder(): Promise<string> {
  const { path, remove } = await openTemporaryDirectory();
  onTestFinished(remove);
  return path;
}

/** Listens on a port of one of the sample's addresses, as somebody else would who was there first. */
async function squat(host: string): Promise<number> {
  const squatter = createServer().listen(0, host);
  await once(squatter, 'listening');
  onTestFinished(() => {
    squatter.close();
  });
  return portOf(squatter);
}

/** Under the prefix, by their names. */
async function exportedKeys(dataDir: string): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await run(['export', '--data-dir', dataDir]);
  const lines = stdout.trimEnd().split('\n');
  return new Map(lines.map((line) => [JSON.parse(line).key.replace('lochness/', ''), line]));
}

describe('a demo', () => {
  it('that is quiet keeps still, however often states are compared', async () => {
    const { program, url, ask } = await startGateway(['demo', '--quiet', '--state-sync-seconds', '1']);
    expect(program.stdout).toContain('Nothing happens in it by itself.');
    const { revision } = (await ask('{ revision }')) as { revision: string };
    const beats = await openEventSource(url, { query: 'subscription { hypervisorHeartbeat { hypervisor { name } revision } }' });
    onTestFinished(() => beats.cut());
    // One beat of all five, some seconds later.
    const events = [];
    for (let count = 0; count < 5; count++) events.push(await beats.next());
    const [last] = events.slice(-1) as { data: { hypervisorHeartbeat: { revision: string } } }[];
    const until = last?.data.hypervisorHeartbeat.revision ?? '';
    const changes = await openEventSource(url, {
      query: `subscription { changes(after: "${revision}", until: "${until}") { kind id } }`,
    });
    expect(await changes.next()).toBeUndefined();
    expect(await program.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
  });

  it('lives unless it is quiet, and ends at once when it is told to', async () => {
    const { program } = await startGateway(['demo', '--log-level', 'debug']);
    await program.untilSaid(/something happened in the sample cluster/, 'stderr');
    expect(await program.end('SIGINT')).toMatchObject({ code: 0, signal: null });
  });

  it('has agents that its gateway finds, also where another port had to be taken', async () => {
    const port = await squat('127.0.1.2');
    const { program, ask } = await startGateway(['demo', '--quiet', '--agent-port', String(port)]);
    const [, moved] = await program.untilSaid(/Its agents listen on port ([0-9]+), since the usual one is taken\./);
    expect(moved).not.toBe(String(port));
    const query = '{ guests(first: 100, filter: { states: [RUNNING] }) { nodes { agent { state } } } }';
    const { guests } = (await ask(query)) as { guests: { nodes: readonly unknown[] } };
    expect(guests.nodes.length).toBeGreaterThan(10);
    expect(new Set(guests.nodes.map((node) => JSON.stringify(node)))).toEqual(new Set(['{"agent":{"state":"running"}}']));
  });
});

/** A cluster of one hypervisor that is alive, with one guest that runs and a job for it that nobody has begun. */
function foreignCluster(agentPort: number): string {
  const id = (nth: number) => `00000000-0000-4000-8000-00000000000${nth}`;
  const [hypervisor, guest, job] = [id(1), id(2), id(3)];
  const values = {
    [`guests/${guest}/metadata`]: { id: guest, hypervisor, flavor: id(4), network: id(5) },
    [`guests/${guest}/state`]: { state: 'RUNNING' },
    [`hypervisors/${hypervisor}/config/agentPort`]: agentPort,
    [`hypervisors/${hypervisor}/guests/${guest}`]: guest,
    [`hypervisors/${hypervisor}/metadata`]: { id: hypervisor, ip: '127.0.0.1', metadata: {} },
    [`jobs/${job}`]: { id: job, guest, action: 'restart', status: 'new' },
  };
  const entries = Object.entries(values).map(([key, value]) => [key, JSON.stringify(value).replaceAll(/^"|"$/g, '')] as const);
  const lines = entries.map(([key, value]) => ({ key: `lochness/${key}`, value, lease: false }));
  const heartbeat = { key: `lochness/hypervisors/${hypervisor}/heartbeat`, value: '2026-11-27T12:00:00Z', lease: true };
  return [...lines, heartbeat].map((line) => `${JSON.stringify(line)}\n`).join('');
}

describe('a demo that is given the folder of a cluster that is not its own', () => {
  it('ends with 1 before it writes a key, beats for a hypervisor, or does a job', async () => {
    const agent = await startScriptedAgent(json([]));
    onTestFinished(() => agent.close());
    const dataDir = await temporaryFolder();
    const input = foreignCluster(agent.port);
    expect(await run(['import', '-', '--data-dir', dataDir, '--lease-seconds', '3600'], { input })).toMatchObject({ code: 0 });
    const before = await exportedKeys(dataDir);
    const program = new Program(['demo', '--port', '0'], { env: { LOCHNESS_DATA_DIR: dataDir } });
    const called = agent.seen(1).then(() => 'called');
    expect(await Promise.race([program.ended, called])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`The folder ${dataDir} holds a cluster that is not demo's own`),
    });
    expect(agent.requests).toEqual([]);
    expect(await exportedKeys(dataDir)).toEqual(before);
  });
});

describe('simulate', () => {
  it('makes a sample cluster without guests in an empty store, and leaves its hypervisors dead behind', async () => {
    const dataDir = await temporaryFolder();
    const program = new Program(['simulate', '--data-dir', dataDir, '--agent-port', String(await squat('127.0.1.6'))]);
    const [, first = '', port] = await program.untilSaid(
      /^simulating 6 hypervisors at (http:\/\/127\.0\.1\.1:([0-9]+)) to http:\/\/127\.0\.1\.6:\2 \(the prefix was empty: it has a sample cluster now\)\n/,
    );
    await program.untilSaid(
      new RegExp(`start the gateway on this machine with --agent-port ${port}; Ctrl\\+C ends the hypervisors\n`),
    );
    expect(await (await fetch(`${first}/guests`)).json()).toEqual([]);
    expect(await program.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    await expect(fetch(`${first}/guests`)).rejects.toThrow();
    const { ask } = await startGateway(['serve', '--no-jobs', '--data-dir', dataDir]);
    expect(await ask('{ cluster { hypervisorCount aliveHypervisorCount guestCount networkCount } }')).toEqual({
      cluster: { hypervisorCount: 6, aliveHypervisorCount: 0, guestCount: 0, networkCount: 3 },
    });
  });

  it('adds what is missing to the cluster of a gateway, keeps it alive, and touches nothing else', async () => {
    const dataDir = await temporaryFolder();
    await run(['import', clusterFile, '--data-dir', dataDir]);
    const before = await exportedKeys(dataDir);
    const { ask } = await startGateway(['serve', '--no-jobs', '--data-dir', dataDir]);
    const subnetCount = [...before.keys()].filter((key) => /^subnets\/[^/]+\/metadata$/.test(key)).length;
    const alive =
      '{ hypervisors(first: 10, filter: { name: "hv-0", alive: true }) { nodes { subnetAttachments(first: 0) { totalCount } } } }';
    const attached = { subnetAttachments: { totalCount: subnetCount } };
    for (const added of [2, 0]) {
      const program = new Program(['simulate', '--data-dir', dataDir, '--hypervisors', '2']);
      await program.untilSaid(new RegExp(`^simulating 2 hypervisors at .* \\(${added} of them were added to the cluster\\)\n`));
      expect(await ask(alive)).toEqual({ hypervisors: { nodes: [attached, attached] } });
      expect(await program.end('SIGINT')).toMatchObject({ code: 0, stderr: '' });
      expect(await ask(alive)).toEqual({ hypervisors: { nodes: [] } });
    }
    const after = await exportedKeys(dataDir);
    for (const [key, line] of before) if (!key.endsWith('/heartbeat')) expect(after.get(key)).toBe(line);
  });

  it('of no hypervisor waits for its end all the same', async () => {
    const program = new Program(['simulate', '--data-dir', await temporaryFolder(), '--hypervisors', '0']);
    await program.untilSaid(/^simulating 0 hypervisors \(/);
    expect(await program.end('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
  });
});
