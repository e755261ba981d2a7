import { describe, expect, it, onTestFinished } from 'vitest';
import { type AgentGuest, type AgentJob, openAgentClient } from '../../src/agent/index.ts';
import { startScriptedAgent, text } from '../support/scripted-agent.ts';

const guestId = 'cccccccc-0000-4000-8000-00000000000a';

/** What the client makes of a text that the agent answers. */
async function ask<T>(
  answer: string,
  call: (client: ReturnType<typeof openAgentClient>, agent: { hypervisorId: string; origin: string }) => Promise<T>,
): Promise<T> {
  const agent = await startScriptedAgent(text(answer));
  onTestFinished(() => agent.close());
  const client = openAgentClient({ timeoutMs: 10_000 });
  onTestFinished(() => client.close());
  return call(client, agent.address);
}

const guestsIn = (answer: string): Promise<readonly AgentGuest[]> => ask(answer, (client, agent) => client.listGuests(agent));

async function guestIn(fields: string): Promise<AgentGuest | undefined> {
  const [guest] = await guestsIn(`[{"id":"${guestId}"${fields === '' ? '' : `,${fields}`}}]`);
  return guest;
}

const jobIn = (answer: string): Promise<AgentJob | null> => ask(answer, (client, agent) => client.getJob(agent, 'j'));

describe('a guest as an agent tells it', () => {
  it('has all that the agent says', async () => {
    const answer = `[{"id":"${guestId.toUpperCase()}","type":"kvm","image":"i","state":"running","memory":512,"cpu":2,"vnc":5900,
      "metadata":{"name":"web","__proto__":"p","":""},
      "nics":[{"name":"eth0","network":"br0","model":"virtio","mac":"02:00:00:00:00:01","address":"10.0.0.5","netmask":"255.255.255.0",
        "gateway":"10.0.0.1","device":"vnet0","vlans":[1,7]}],
      "disks":[{"bus":"virtio","device":"vda","size":8192,"volume":"v","image":"i","source":"s"}],
      "firmware":"unheard of"}]`;
    const metadata = Object.fromEntries([
      ['name', 'web'],
      ['__proto__', 'p'],
      ['', ''],
    ]);
    expect(await guestsIn(answer)).toEqual([
      {
        id: guestId,
        type: 'kvm',
        imageId: 'i',
        state: 'running',
        memory: 512,
        cpu: 2,
        vnc: 5900,
        metadata,
        nics: [
          {
            name: 'eth0',
            network: 'br0',
            model: 'virtio',
            mac: '02:00:00:00:00:01',
            address: '10.0.0.5',
            netmask: '255.255.255.0',
            gateway: '10.0.0.1',
            device: 'vnet0',
            vlans: [1, 7],
          },
        ],
        disks: [{ bus: 'virtio', device: 'vda', size: 8192n, volume: 'v', imageId: 'i', source: 's' }],
      },
    ]);
  });

  it('has null for what is left out, and for what is of a wrong type', async () => {
    const nothing = {
      id: guestId,
      type: null,
      imageId: null,
      state: null,
      memory: null,
      cpu: null,
      vnc: null,
      metadata: {},
      nics: [],
      disks: [],
    };
    expect(await guestIn('')).toEqual(nothing);
    const nulls =
      '"type":null,"image":null,"state":null,"memory":null,"cpu":null,"vnc":null,"metadata":null,"nics":null,"disks":null';
    expect(await guestIn(nulls)).toEqual(nothing);
    const wrong =
      '"type":1,"image":{},"state":["running"],"memory":"512","cpu":true,"vnc":"5900","metadata":["a"],"nics":{"0":{}},"disks":7';
    expect(await guestIn(wrong)).toEqual(nothing);
    const zeros = '"type":"","image":"","state":"","memory":1.5,"cpu":1e99,"vnc":-1,"metadata":{"a":1,"b":null,"c":{}}';
    expect(await guestIn(zeros)).toEqual(nothing);
    const odd = '"nics":[null,{"vlans":["1",2,3.5,null,4294967296]}],"disks":["a",{"size":"8192"},{"size":-1},{"size":0.5}]';
    const { nics, disks } = (await guestIn(odd)) ?? {};
    const noNic = {
      name: null,
      network: null,
      model: null,
      mac: null,
      address: null,
      netmask: null,
      gateway: null,
      device: null,
    };
    expect(nics).toEqual([
      { ...noNic, vlans: [] },
      { ...noNic, vlans: [2] },
    ]);
    const noDisk = { bus: null, device: null, size: null, volume: null, imageId: null, source: null };
    expect(disks).toEqual([noDisk, noDisk, noDisk, noDisk]);
  });

  it('has numbers that an Int can be, or none', async () => {
    const of = async (number: string) => (await guestIn(`"memory":${number}`))?.memory;
    expect(await of('2147483647')).toBe(2_147_483_647);
    expect(await of('2147483648')).toBeNull();
    expect(await of('-2147483648')).toBe(-2_147_483_648);
    expect(await of('-2147483649')).toBeNull();
    expect(await of('18446744073709551615')).toBeNull();
    expect(await of('512.0')).toBe(512);
    const vnc = async (number: string) => (await guestIn(`"vnc":${number}`))?.vnc;
    expect(await vnc('65535')).toBe(65_535);
    expect(await vnc('65536')).toBeNull();
    expect(await vnc('0')).toBeNull();
  });

  it.each([
    ['9007199254740991', 9_007_199_254_740_991n],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['18446744073709551615', 18_446_744_073_709_551_615n],
    ['1000000000000000', 1_000_000_000_000_000n],
    ['99999999999999999999999999999999999999', 99_999_999_999_999_999_999_999_999_999_999_999_999n],
    ['1e3', 1000n],
    ['1e30', null],
    [`1${'0'.repeat(50)}`, null],
    ['1234567890123456.5', null],
  ])('has a disk of %s MB, without loss', async (digits, size) => {
    const fields = `"state":"1234567890123456789","metadata":{"a\\"b":"\\\\","number9007199254740993":"#9007199254740993"},"disks":[{"size":${digits}}]`;
    const guest = await guestIn(fields);
    expect(guest?.disks[0]?.size).toBe(size);
    // Long numbers in texts are texts.
    expect(guest?.state).toBe('1234567890123456789');
    expect(guest?.metadata).toEqual({ 'a"b': '\\', number9007199254740993: '#9007199254740993' });
  });

  it('is skipped in a list where it has no usable id', async () => {
    const answer = `[null,1,"a",[],{},{"id":""},{"id":7},{"id":null},{"id":"${guestId}"}]`;
    expect((await guestsIn(answer)).map(({ id }) => id)).toEqual([guestId]);
  });
});

describe('a job as an agent tells it', () => {
  it.each([
    ['Queued', 'QUEUED'],
    ['Running', 'RUNNING'],
    ['Complete', 'COMPLETE'],
    ['Error', 'ERROR'],
    ['running', 'UNKNOWN'],
    ['Paused', 'UNKNOWN'],
  ])('with the status %s is %s', async (status, expected) => {
    expect(await jobIn(`{"ID":"j","GuestID":"agent","Action":"fetchImage","Status":"${status}","Message":"why"}`)).toEqual({
      id: 'j',
      guestId: 'agent',
      action: 'fetchImage',
      status: expected,
      message: 'why',
      queuedAt: null,
    });
  });

  it('has nothing of what is left out or of a wrong type', async () => {
    const nothing = { id: 'j', guestId: '', action: '', status: 'UNKNOWN', message: '', queuedAt: null };
    expect(await jobIn('{"ID":"j"}')).toEqual(nothing);
    expect(await jobIn('{"ID":"j","GuestID":1,"Action":null,"Status":{},"Message":[],"QueuedAt":7}')).toEqual(nothing);
    // The names are capitalised, and nothing else.
    expect(await jobIn('{"ID":"j","guestid":"a","action":"start","status":"Complete","message":"m"}')).toEqual(nothing);
  });

  it.each([
    ['2026-11-22T23:17:45.624165289Z', '2026-11-22T23:17:45.624Z'],
    ['2026-11-22T23:17:45.9999999Z', '2026-11-22T23:17:45.999Z'],
    ['2026-11-22T23:17:46.4Z', '2026-11-22T23:17:46.400Z'],
    ['2026-11-22T23:17:46Z', '2026-11-22T23:17:46.000Z'],
    ['2026-11-22T23:17:46.123456789+01:30', '2026-11-22T21:47:46.123Z'],
    ['0001-01-01T00:00:00Z', null],
    ['2026-13-45T00:00:00Z', null],
    ['yesterday', null],
    ['2026-11-22', null],
    ['', null],
  ])('was queued at %j: %s', async (text, expected) => {
    const job = await jobIn(`{"ID":"j","QueuedAt":"${text}"}`);
    expect(job?.queuedAt?.toISOString() ?? null).toBe(expected);
  });

  it('is listed as the agent lists it, that of another guest too', async () => {
    const jobs = [
      { ID: '4', GuestID: guestId },
      { ID: '3', GuestID: 'agent' },
      { ID: '2', GuestID: guestId.toUpperCase() },
      { GuestID: guestId },
      null,
    ];
    const listed = await ask(JSON.stringify(jobs), (client, agent) => client.listJobs(agent, guestId, 5));
    expect(listed.map((job) => [job.id, job.guestId])).toEqual([
      ['4', guestId],
      ['3', 'agent'],
      ['2', guestId],
    ]);
  });
});

it("a hypervisor's metadata are its texts", async () => {
  expect(await ask('{"a":"b","c":1}', (client, agent) => client.getMetadata(agent))).toEqual({ a: 'b' });
  expect(await ask('null', (client, agent) => client.getMetadata(agent))).toEqual({});
});

it('metrics are what the agent answers, without loss', async () => {
  const metrics = await ask('[{"cpu_time":9007199254740993,"load":0.5}]', (client, agent) =>
    client.getMetrics(agent, guestId, 'cpu'),
  );
  expect(metrics).toEqual([{ cpu_time: 9_007_199_254_740_993n, load: 0.5 }]);
});
