import { describe, expect, it, onTestFinished } from 'vitest';
import { type AgentAddress, type AgentClient, openAgentClient } from '../../src/agent/index.ts';
import { type Exchange, readTranscript } from '../support/agent-transcript.ts';
import { type ScriptedAgent, startScriptedAgent } from '../support/scripted-agent.ts';

const guestId = '22222222-2222-4333-8444-555555555555';
const missingId = '11111111-2222-4333-8444-555555555555';
const imageId = '289120e4-ed12-431d-8d18-48f8a94bb05a';

const newGuest = {
  id: guestId,
  type: 'kvm',
  imageId,
  metadata: { a: 'b' },
  memory: 512n,
  cpu: 1n,
  disk: 1024n,
  nic: {
    bridge: 'mistify0',
    mac: '02:00:00:00:00:07',
    address: '10.44.0.10',
    netmaskHex: 'ffffff00',
    gateway: '10.44.0.1',
    vlans: [1],
  },
};

const bareGuest = {
  id: guestId,
  state: 'create',
  type: 'kvm',
  imageId: null,
  memory: null,
  cpu: null,
  vnc: null,
  metadata: {},
  nics: [],
  disks: [],
};

type Call = (client: AgentClient, agent: AgentAddress) => Promise<unknown>;

interface Replay {
  readonly title: string;
  readonly call: Call;
  /** What the client makes of the recorded answer. */
  readonly becomes?: unknown;
  /** The message of the error that it makes of it, behind the agent and what it was asked. */
  readonly fails?: string;
  /** The client never asks so; what it would make of such an answer counts all the same. */
  readonly isOther?: true;
}

const create: Call = (client, agent) => client.createGuest(agent, newGuest);
const fetchImage: Call = (client, agent) => client.fetchImage(agent, { imageId, type: 'kvm' });
const getGuest =
  (id: string): Call =>
  (client, agent) =>
    client.getGuest(agent, id);
const getJob =
  (id: string): Call =>
  (client, agent) =>
    client.getJob(agent, id);
const act =
  (action: 'start' | 'poweroff' | 'shutdown' | 'reboot' | 'delete', id = guestId): Call =>
  (client, agent) =>
    client.startAction(agent, id, action);

const job = (fields: object) => ({ guestId, status: 'COMPLETE', message: '', ...fields });

const fetchJob = '2f27a69f-28ce-4e40-9078-0c4fa265960d';
const createJob = '9e88cb19-12eb-430b-ae0d-737bbd26778b';
const startJob = '4e2c33fb-a970-4c1a-b7a2-23931bd94d0a';
const poweroffJob = '26ed8fec-b941-4182-94a3-039331e47be7';
const shutdownJob = 'd88d700b-2ce3-46e2-b399-61cf6c27106b';
const deleteJob = 'aab6937e-f057-417c-8868-ce271e89fcfc';

const createdJob = job({ id: createJob, action: 'create', queuedAt: new Date('2026-11-22T23:17:46.003Z') });

const replays: readonly Replay[] = [
  { title: 'POST /images', call: fetchImage, becomes: fetchJob },
  {
    title: 'GET /jobs/{id} of it',
    call: getJob(fetchJob),
    becomes: job({ id: fetchJob, guestId: 'agent', action: 'fetchImage', queuedAt: new Date('2026-11-22T23:17:45.624Z') }),
  },
  { title: 'POST /images no id', call: fetchImage, fails: 'answered 400 to POST /images: missing id', isOther: true },
  { title: 'POST /images bad json', call: fetchImage, fails: 'answered 400 to POST /images: unexpected EOF', isOther: true },
  {
    title: 'POST /images container (not configured)',
    call: fetchImage,
    fails: 'answered 404 to POST /images: containerFetchImage: Not configured',
    isOther: true,
  },
  { title: 'GET /images', call: (client, agent) => client.getImageStatus(agent, imageId), becomes: null, isOther: true },
  { title: 'GET /images/{id}', call: (client, agent) => client.getImageStatus(agent, imageId), becomes: 'complete' },
  { title: 'POST /guests', call: create, becomes: createJob },
  { title: 'GET /jobs/{id} at once', call: getJob(createJob), becomes: createdJob },
  { title: 'GET /jobs/{id} after', call: getJob(createJob), becomes: createdJob },
  { title: 'POST /guests bad id', call: create, fails: 'answered 400 to POST /guests: id must be uuid', isOther: true },
  { title: 'POST /guests no id', call: create, becomes: 'a565b57d-e553-4492-8adc-d6282449f5a8', isOther: true },
  { title: 'POST /guests same id again', call: create, becomes: '5d3a036f-74a8-4841-9604-f4208b492300', isOther: true },
  { title: 'GET /guests/{id}', call: getGuest(guestId), becomes: bareGuest },
  {
    title: 'GET /guests',
    call: (client, agent) => client.listGuests(agent),
    becomes: [
      { ...bareGuest, id: '2948a8bf-6f2f-44d3-b7e3-8286c30ec9df' },
      { ...bareGuest, id: '00f21a28-8f70-4f5a-8894-02d555c91ffa' },
      bareGuest,
    ],
  },
  { title: 'GET /guests/{id} missing', call: getGuest(missingId), becomes: null },
  { title: 'POST start', call: act('start'), becomes: startJob },
  {
    title: 'GET job',
    call: getJob(startJob),
    becomes: job({ id: startJob, action: 'start', queuedAt: new Date('2026-11-22T23:17:46.400Z') }),
  },
  { title: 'POST start with no body', call: act('start'), becomes: '96a53e79-4275-42f3-8af4-0db8c252370b', isOther: true },
  { title: 'POST poweroff (method does not exist in the sub-agent)', call: act('poweroff'), becomes: poweroffJob },
  { title: 'GET job (error)', call: getJob(poweroffJob), becomes: null },
  { title: 'POST shutdown (sub-agent down)', call: act('shutdown'), becomes: shutdownJob },
  { title: 'GET job (sub-agent down)', call: getJob(shutdownJob), becomes: null },
  {
    title: 'POST reboot (not configured)',
    call: act('reboot'),
    fails: `answered 404 to POST /guests/${guestId}/reboot: reboot: Not configured`,
  },
  {
    title: 'POST frob',
    call: act('reboot'),
    fails: `answered 404 to POST /guests/${guestId}/reboot: 404 page not found`,
    isOther: true,
  },
  {
    title: 'GET start',
    call: (client, agent) => client.getMetadata(agent),
    fails: 'answered 404 to GET /metadata: 404 page not found',
    isOther: true,
  },
  {
    title: 'POST start missing guest',
    call: act('start', missingId),
    fails: `answered 404 to POST /guests/${missingId}/start: not found`,
  },
  { title: 'GET /jobs/{id} missing', call: getJob(missingId), becomes: null },
  {
    title: 'GET /jobs?limit=2',
    call: (client, agent) => client.listJobs(agent, guestId, 2),
    becomes: [],
    isOther: true,
  },
  { title: 'GET guest jobs', call: (client, agent) => client.listJobs(agent, guestId, 1), becomes: [] },
  {
    title: 'GET cpu metrics',
    call: (client, agent) => client.getMetrics(agent, guestId, 'cpu'),
    becomes: [{ cpu_time: 0, vcpu_time: 0 }],
  },
  { title: 'GET metadata', call: (client, agent) => client.getMetadata(agent), becomes: {}, isOther: true },
  {
    title: 'PATCH metadata',
    call: (client, agent) => client.getMetadata(agent),
    fails: 'answered 500 to GET /metadata',
    isOther: true,
  },
  { title: 'POST delete', call: act('delete'), becomes: deleteJob },
  {
    title: 'GET job of delete',
    call: getJob(deleteJob),
    becomes: job({ id: deleteJob, action: 'delete', queuedAt: new Date('2026-11-22T23:17:49.896Z') }),
  },
  { title: 'GET guest after delete', call: getGuest(guestId), becomes: null },
];

const recorded = readTranscript();

function recordedOf({ title }: Replay): Exchange {
  const exchange = recorded.find((one) => one.title === title);
  if (exchange === undefined) throw new Error(`Nothing of that title was recorded: ${title}`);
  return exchange;
}

/** As it was recorded, but for the lines of the stack, which the transcript leaves out. */
async function startRecordedAgent({ status, headers, answer }: Exchange): Promise<ScriptedAgent> {
  const { 'content-length': _length, ...kept } = headers;
  const body = answer.replace('"stack":[…]', '"stack":["main.go:1"]');
  const agent = await startScriptedAgent((response) => response.writeHead(status, kept).end(body === '' ? '' : `${body}\n`));
  onTestFinished(() => agent.close());
  return agent;
}

describe('what was recorded of a real agent', () => {
  it('is replayed here, all of it', () => {
    expect(replays.map(({ title }) => title)).toEqual(recorded.map(({ title }) => title));
  });

  it.each(replays)('is understood: $title', async (replay) => {
    const exchange = recordedOf(replay);
    const agent = await startRecordedAgent(exchange);
    const client = openAgentClient({ timeoutMs: 10_000 });
    onTestFinished(() => client.close());
    const outcome = replay.call(client, agent.address);
    if (replay.fails === undefined) await expect(outcome).resolves.toEqual(replay.becomes);
    else {
      const { hypervisorId, origin } = agent.address;
      await expect(outcome).rejects.toMatchObject({
        code: 'AGENT_ERROR',
        message: `The agent of the hypervisor ${hypervisorId} at ${origin} ${replay.fails}`,
        details: { hypervisorId, status: exchange.status },
        status: exchange.status,
        mayHaveArrived: true,
      });
    }
    const { method, path, body } = exchange;
    const contentType = body === null ? null : 'application/json';
    if (replay.isOther === undefined) expect(agent.requests).toEqual([{ method, path, body, contentType }]);
    else expect(agent.requests).toHaveLength(1);
  });
});
