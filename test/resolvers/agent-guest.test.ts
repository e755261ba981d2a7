import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { agentsAtOnce } from '../../src/resolvers/agent-guest.ts';
import { openEvents } from '../subscription/event-reader.ts';
import { freePorts } from '../support/free-port.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { guestRecord, hypervisorRecord, id } from '../support/record.ts';
import { json, type Script, type ScriptedAgent, silence, startScriptedAgent, text } from '../support/scripted-agent.ts';

async function openGateway(agentTimeoutMs = 10_000): Promise<GatewaySchema> {
  const gateway = await openGatewaySchema({ agentTimeoutMs });
  onTestFinished(() => gateway.close());
  return gateway;
}

async function startAgent(script: Script, host = '127.0.0.1'): Promise<ScriptedAgent> {
  const agent = await startScriptedAgent(script, { host });
  onTestFinished(() => agent.close());
  return agent;
}

const hypervisorId = (number: number): string => id('d', number);
const guestId = (number: number): string => id('c', number);

interface Place {
  readonly ip?: string;
  readonly agentPort?: number | string;
}

function hypervisor(number: number, { ip = '127.0.0.1', agentPort }: Place): Record<string, string> {
  const directory = `hypervisors/${hypervisorId(number)}`;
  return {
    [`${directory}/metadata`]: hypervisorRecord({ ip }),
    ...(agentPort === undefined ? {} : { [`${directory}/config/agentPort`]: String(agentPort) }),
  };
}

/** Guests of a hypervisor, whose numbers begin with its own. */
function guestsOn(number: number, count: number): Record<string, string> {
  const numbers = Array.from({ length: count }, (_, index) => number * 10 + index);
  return Object.fromEntries(
    numbers.map((guest) => [`guests/${guestId(guest)}/metadata`, guestRecord({ hypervisor: hypervisorId(number) })]),
  );
}

const running = (...numbers: number[]) => json(numbers.map((number) => ({ id: guestId(number), state: `running ${number}` })));

const states = '{ guests(first: 1000) { nodes { id agent { state } } } }';

interface States {
  readonly states: Readonly<Record<string, string | null>>;
  readonly errors: readonly object[];
}

/** By the end of the guest's id. */
async function statesOf(gateway: GatewaySchema): Promise<States> {
  const { result } = await gateway.run(states);
  // biome-ignore lint/suspicious/noExplicitAny: as graphql answers it.
  const { nodes } = (result.data as any).guests;
  return {
    states: Object.fromEntries(
      nodes.map((node: { id: string; agent: { state: string } | null }) => [
        Number(node.id.slice(-5)),
        node.agent?.state ?? null,
      ]),
    ),
    errors: result.errors ?? [],
  };
}

describe("what a guest's agent says", () => {
  it('is asked once for all guests of a hypervisor, however many fields of the query ask for it', async () => {
    const agent = await startAgent(running(10, 11, 12));
    const gateway = await openGateway();
    await gateway.putAll({ ...hypervisor(1, { agentPort: agent.port }), ...guestsOn(1, 3) });
    const of = (number: number) => ({ id: guestId(number), agent: { state: `running ${number}` } });
    expect(
      await gateway.query(`{
        guests { nodes { id agent { state } again: agent { state } } }
        guest(id: "${guestId(11)}") { id agent { state } }
        node(id: "${guestId(12)}") { ... on Guest { hypervisor { id } agent { state } } }
      }`),
    ).toEqual({
      guests: { nodes: [10, 11, 12].map((number) => ({ ...of(number), again: of(number).agent })) },
      guest: of(11),
      node: { hypervisor: { id: hypervisorId(1) }, agent: { state: 'running 12' } },
    });
    expect(agent.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /guests']);
    await gateway.query(states);
    expect(agent.requests).toHaveLength(2);
  });

  it('is null where the agent does not know the guest, where it is unplaced, and where its hypervisor is gone', async () => {
    const agent = await startAgent(running(10));
    const gateway = await openGateway();
    await gateway.putAll({
      ...hypervisor(1, { agentPort: agent.port }),
      ...guestsOn(1, 2),
      ...guestsOn(2, 1),
      [`guests/${guestId(30)}/metadata`]: guestRecord(),
    });
    expect(await statesOf(gateway)).toEqual({ states: { 10: 'running 10', 11: null, 20: null, 30: null }, errors: [] });
  });

  it('is found whatever the case of its id, and told with numbers and addresses that GraphQL can carry', async () => {
    const nics = [{ mac: '02-00-00-00-00-0A', vlans: [1, 4_294_967_296] }, { mac: 'none' }, {}];
    const answer = `[{"id":"${guestId(10).toUpperCase()}","memory":4294967296,"cpu":2,"vnc":-1,"nics":${JSON.stringify(nics)},"disks":[{"size":18446744073709551615},{"size":1024}]}]`;
    const agent = await startAgent(text(answer));
    const gateway = await openGateway();
    await gateway.putAll({ ...hypervisor(1, { agentPort: agent.port }), ...guestsOn(1, 1) });
    const { guest } = await gateway.query(
      `{ guest(id: "${guestId(10)}") { agent { memory cpu vnc metadata nics { mac vlans } disks { size } } } }`,
    );
    expect(guest.agent).toEqual({
      memory: null,
      cpu: 2,
      vnc: null,
      metadata: {},
      nics: [
        { mac: '02:00:00:00:00:0a', vlans: [1] },
        { mac: null, vlans: [] },
        { mac: null, vlans: [] },
      ],
      disks: [{ size: '18446744073709551615' }, { size: 1024 }],
    });
  });

  it('is null in the past, and nobody is asked', async () => {
    const agent = await startAgent(running(10));
    const gateway = await openGateway();
    const at = await gateway.putAll({ ...hypervisor(1, { agentPort: agent.port }), ...guestsOn(1, 1) });
    expect(await gateway.query(states, { at })).toEqual({ guests: { nodes: [{ id: guestId(10), agent: null }] } });
    expect(agent.requests).toEqual([]);
  });

  it('is null in events, and nobody is asked', async () => {
    const agent = await startAgent(running(10));
    const gateway = await openGateway();
    const events = await openEvents(gateway, 'subscription { guestChanged { guest { id agent { state } } } }');
    await gateway.putAll({ ...hypervisor(1, { agentPort: agent.port }), ...guestsOn(1, 1) });
    expect(await events.next()).toEqual({ guest: { id: guestId(10), agent: null } });
    events.leave();
    expect(agent.requests).toEqual([]);
  });

  it('is what it says behind a mutation', async () => {
    const agent = await startAgent(running(10));
    const gateway = await openGateway();
    await gateway.putAll({ ...hypervisor(1, { agentPort: agent.port }), ...guestsOn(1, 1) });
    const rename = `mutation ($input: UpdateGuestInput!) { updateGuest(input: $input) { guest { name agent { state } } } }`;
    const variables = { input: { id: guestId(10), metadata: { name: 'web' } } };
    expect(await gateway.query(rename, { variables })).toEqual({
      updateGuest: { guest: { name: 'web', agent: { state: 'running 10' } } },
    });
  });
});

describe('agents of several hypervisors', () => {
  it('are asked at the same time', async () => {
    const waiting: (() => void)[] = [];
    // None answers before all three are asked.
    const answered =
      (number: number): Script =>
      (response, request) => {
        waiting.push(() => running(number)(response, request));
        if (waiting.length === 3) for (const answer of waiting) answer();
      };
    const agents = await Promise.all([10, 20, 30].map((number) => startAgent(answered(number))));
    const gateway = await openGateway();
    for (const [index, { port }] of agents.entries()) {
      await gateway.putAll({ ...hypervisor(index + 1, { agentPort: port }), ...guestsOn(index + 1, 1) });
    }
    expect(await statesOf(gateway)).toEqual({ states: { 10: 'running 10', 20: 'running 20', 30: 'running 30' }, errors: [] });
  });

  it('cost their own guests alone when they are dead, hang, or answer what no agent does', async () => {
    const timeoutMs = 1500;
    const [nobody = 0] = await freePorts(1);
    const living = await startAgent(running(10, 11));
    const silent = await startAgent(silence);
    const stuck = await startAgent((response) => response.writeHead(200).write('['));
    const broken = await startAgent(json({ message: 'out of memory', code: 500 }, 500));
    const stranger = await startAgent(text('<h1>It works!</h1>'));
    const gateway = await openGateway(timeoutMs);
    const ports = [living.port, nobody, silent.port, stuck.port, broken.port, stranger.port, 'http', '65536'];
    for (const [index, agentPort] of ports.entries()) {
      await gateway.putAll({ ...hypervisor(index + 1, { agentPort }), ...guestsOn(index + 1, index === 0 ? 2 : 1) });
    }
    await gateway.putAll({ ...hypervisor(9, { ip: '', agentPort: living.port }), ...guestsOn(9, 2) });
    const { result } = await gateway.run(states);
    const nodes = [10, 11, 20, 30, 40, 50, 60, 70, 80, 90, 91].map((number) => ({
      id: guestId(number),
      agent: number < 20 ? { state: `running ${number}` } : null,
    }));
    expect(JSON.parse(JSON.stringify(result.data))).toEqual({ guests: { nodes } });
    const named = (number: number, port: number) =>
      `The agent of the hypervisor ${hypervisorId(number)} at http://127.0.0.1:${port}`;
    const portOf = (number: number, text: string) =>
      `The agent of the hypervisor ${hypervisorId(number)} can't be reached: its setting agentPort is "${text}", which is no port from 1 to 65535`;
    const noIp = `The hypervisor ${hypervisorId(9)} has no ip, so its agent can't be reached`;
    const unreachable = (number: number, message: string) => ({
      code: 'AGENT_UNREACHABLE',
      details: { hypervisorId: hypervisorId(number) },
      message,
    });
    const wrong = (number: number, status: number, message: string) => ({
      code: 'AGENT_ERROR',
      details: { hypervisorId: hypervisorId(number), status },
      message,
    });
    const expected = [
      unreachable(2, `${named(2, nobody)} could not be reached: connect ECONNREFUSED 127.0.0.1:${nobody}`),
      unreachable(3, `${named(3, silent.port)} did not answer GET /guests within ${timeoutMs} ms`),
      unreachable(4, `${named(4, stuck.port)} did not end its answer to GET /guests within ${timeoutMs} ms`),
      wrong(5, 500, `${named(5, broken.port)} answered 500 to GET /guests: out of memory`),
      wrong(6, 200, `${named(6, stranger.port)} answered 200 to GET /guests with what is no JSON: <h1>It works!</h1>`),
      unreachable(7, portOf(7, 'http')),
      unreachable(8, portOf(8, '65536')),
      unreachable(9, noIp),
      unreachable(9, noIp),
    ];
    const errors = (result.errors ?? []).map(({ path, originalError }) => [path?.join('.'), originalError] as const);
    expect(errors).toHaveLength(expected.length);
    const byPath = new Map(errors);
    for (const [index, error] of expected.entries()) {
      const found = byPath.get(`guests.nodes.${index + 2}.agent`);
      expect(found).toBeInstanceOf(GatewayError);
      expect(found).toMatchObject(error);
    }
  });

  it('listen at the port of all, at that of their own setting, and at IPv6 addresses', async () => {
    const everywhere = await startAgent((response, request) => running(10, 20)(response, request), '::');
    const gateway = await openGatewaySchema({ agentPort: everywhere.port });
    onTestFinished(() => gateway.close());
    const own = await startAgent(running(30));
    await gateway.putAll({
      ...hypervisor(1, { ip: '127.0.0.1' }),
      ...hypervisor(2, { ip: '0:0:0:0:0:0:0:1' }),
      ...hypervisor(3, { ip: '::1', agentPort: everywhere.port }),
      ...hypervisor(4, { ip: '127.0.0.1', agentPort: own.port }),
      ...guestsOn(1, 1),
      ...guestsOn(2, 1),
      [`guests/${guestId(30)}/metadata`]: guestRecord({ hypervisor: hypervisorId(4) }),
      [`guests/${guestId(40)}/metadata`]: guestRecord({ hypervisor: hypervisorId(3) }),
    });
    expect(await statesOf(gateway)).toEqual({
      states: { 10: 'running 10', 20: 'running 20', 30: 'running 30', 40: null },
      errors: [],
    });
    expect([everywhere.requests.length, own.requests.length]).toEqual([3, 1]);
  });
});

describe('very many agents', () => {
  const count = agentsAtOnce + 44;

  /** Each hypervisor has an address of its own, and one server listens at all of them. */
  async function openMany(agent: ScriptedAgent, agentTimeoutMs: number): Promise<GatewaySchema> {
    const gateway = await openGatewaySchema({ agentPort: agent.port, agentTimeoutMs });
    onTestFinished(() => gateway.close());
    for (let number = 1; number <= count; number++) {
      const ip = `127.0.${1 + (number >> 8)}.${number & 255}`;
      await gateway.putAll({ ...hypervisor(number, { ip }), ...guestsOn(number, 1) });
    }
    return gateway;
  }

  it('are not asked all at once', async () => {
    const open = new Set<ServerResponse>();
    let most = 0;
    const agent = await startAgent((response, { path }) => {
      // The fence: what was sent before it is there too.
      if (path === '/fence') {
        response.end();
        for (const one of open) one.end('[]');
        agent.answer((later) => later.end('[]'));
        return;
      }
      open.add(response);
      most = Math.max(most, open.size);
    }, '0.0.0.0');
    const gateway = await openMany(agent, 60_000);
    const asking = statesOf(gateway);
    await agent.seen(agentsAtOnce);
    await fetch(`http://127.0.0.1:${agent.port}/fence`);
    expect((await asking).errors).toEqual([]);
    expect(most).toBe(agentsAtOnce);
    expect(agent.requests).toHaveLength(count + 1);
  });

  it('have one deadline together: those whose turn does not come are not waited for', async () => {
    const agent = await startAgent(silence, '0.0.0.0');
    const gateway = await openMany(agent, 1000);
    const { states: all, errors } = await statesOf(gateway);
    expect(Object.values(all)).toEqual(Array.from({ length: count }, () => null));
    expect(errors).toHaveLength(count);
    const late = errors.filter(({ message }: { message?: string }) => message?.includes('to be asked'));
    expect(late).toHaveLength(count - agentsAtOnce);
    expect(late[0]).toMatchObject({
      message: expect.stringMatching(/gave no answer within the 1000 ms in which 300 agents were to be asked$/),
    });
    expect(agent.requests.length).toBeLessThanOrEqual(agentsAtOnce);
  });
});
