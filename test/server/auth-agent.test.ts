import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixedAuthenticator, viewerWith } from '../support/fixed-authenticator.ts';
import { type Answer, type Gateway, startGateway } from '../support/gateway.ts';
import { type GatewaySchema, openGatewaySchema, schema } from '../support/gateway-schema.ts';
import { openSocketClient } from '../support/ws-client.ts';

const own = '5058f1c0-086d-429d-9ee5-d2309b95e4b0';
const agent = { authorization: 'Bearer of-agent' };

let graph: GatewaySchema;
let gateway: Gateway;
let other: string;
beforeAll(async () => {
  graph = await openGatewaySchema({ fixtures: ['cluster-a'], withCatalog: true });
  const authenticator = fixedAuthenticator({
    'of-agent': viewerWith('agent', { hypervisorId: own.toUpperCase() }),
    'of-nobody': viewerWith('agent', { id: 'test:unbound', hypervisorId: null }),
    'of-viewer': viewerWith('viewer'),
    'of-admin': viewerWith('admin'),
  });
  gateway = await startGateway({ store: graph.store, schema, memory: graph.services.catalog?.memory ?? null, authenticator });
  await gateway.services.catalog?.loaded;
  const { hypervisors } = await graph.query('{ hypervisors { nodes { id } } }');
  other = hypervisors.nodes.map(({ id }: { readonly id: string }) => id).find((id: string) => id !== own);
});
afterAll(async () => {
  await gateway.stop();
  await graph.close();
});

async function ask(query: string, headers: Readonly<Record<string, string>> = agent): Promise<Answer> {
  return (await gateway.post({ query }, headers)).json();
}

function beat(hypervisorId: string, selection = '{ hypervisor { id } }'): string {
  return `mutation { heartbeat(hypervisorId: "${hypervisorId}") ${selection} }`;
}

const forbidden = (role: string) => [expect.objectContaining({ extensions: { code: 'FORBIDDEN', role } })];

describe('An agent', () => {
  it.each([own, own.toUpperCase(), `{${own}}`, own.replaceAll('-', '')])('tells of its own hypervisor as %s', async (id) => {
    expect(await ask(beat(id))).toMatchObject({ data: { heartbeat: { hypervisor: { id: own } } } });
  });

  it('may not tell of another one, and nothing is changed', async () => {
    const { revision } = await graph.store.read({ ranges: [] });
    for (const id of [other, `${own}0`, '', 'x']) {
      const { data, errors } = await ask(beat(id));
      expect(data).toEqual({ heartbeat: null });
      expect(errors).toEqual(forbidden('admin'));
    }
    expect((await ask(beat(own), { authorization: 'Bearer of-nobody' })).errors).toEqual(forbidden('admin'));
    expect((await graph.store.read({ ranges: [] })).revision).toBe(revision);
  });

  it('sees what its own hypervisor has itself', async () => {
    const selection = `{ hypervisor {
      __typename id revision metadata name ip netmask gateway mac isAlive schedulable config
      totalResources { memory disk cpu } availableResources { memory disk cpu } heartbeat { value at revision ttlSeconds }
    } }`;
    const { data, errors } = await ask(beat(own, selection));
    expect(errors).toBeUndefined();
    expect(data.heartbeat.hypervisor).toMatchObject({ __typename: 'Hypervisor', id: own, isAlive: true });
  });

  it.each([
    'guests { totalCount }',
    'subnetAttachments { totalCount }',
    'committedResources { memory }',
    'freeResources { memory }',
  ])('does not see its %s, and is told which role does; the beat is done', async (selection) => {
    const field = selection.replace(/ .*/, '');
    const before = (await ask('{ revision }', { authorization: 'Bearer of-viewer' })).data.revision;
    const { data, errors } = await ask(beat(own, `{ hypervisor { id ${selection} } }`));
    expect(data).toEqual({ heartbeat: null });
    expect(errors).toMatchObject([
      {
        message: `Hypervisor.${field} needs the role viewer: this credential has the role agent`,
        path: ['heartbeat', 'hypervisor', field],
        extensions: { code: 'FORBIDDEN', role: 'viewer', outcome: 'DONE' },
      },
    ]);
    const after = (await ask('{ revision }', { authorization: 'Bearer of-viewer' })).data.revision;
    expect(Number(after)).toBeGreaterThan(Number(before));
  });

  it('of a hypervisor that is not there any more is told so, and makes nothing', async () => {
    const gone = '00000000-0000-4000-8000-000000000000';
    const authenticator = fixedAuthenticator({ 'of-agent': viewerWith('agent', { hypervisorId: gone }) });
    const other = await startGateway({ store: graph.store, schema, authenticator });
    const { revision } = await graph.store.read({ ranges: [] });
    const answer: Answer = await (await other.post({ query: beat(gone) }, agent)).json();
    expect(answer).toMatchObject({
      data: { heartbeat: null },
      errors: [{ extensions: { code: 'NOT_FOUND', kind: 'HYPERVISOR', id: gone } }],
    });
    expect((await (await other.post({ query: beat(own) }, agent)).json()).errors).toEqual(forbidden('admin'));
    expect((await graph.store.read({ ranges: [] })).revision).toBe(revision);
    await other.stop();
  });

  it('sees no schema but the names of types', async () => {
    expect(await ask('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
    for (const query of [
      '{ __schema { types { name } } }',
      '{ __type(name: "Guest") { name } }',
      '{ ...Hidden } fragment Hidden on Query { a: __schema { queryType { name } } }',
    ]) {
      const { data, errors } = await ask(query);
      expect(data).toBeUndefined();
      expect(errors).toEqual(forbidden('viewer'));
      const viewers = await ask(query, { authorization: 'Bearer of-viewer' });
      expect(viewers.errors).toBeUndefined();
    }
    const socket = await openSocketClient(gateway.url, { connectionParams: agent });
    expect((await socket.ask('{ __schema { queryType { name } } }')).errors).toEqual(forbidden('viewer'));
    await socket.client.dispose();
  });

  it('never gets what was answered to others', async () => {
    const query = '{ hypervisors { nodes { id guests { totalCount } } } }';
    const url = `${gateway.url}?${new URLSearchParams({ query })}`;
    const viewer = { authorization: 'Bearer of-viewer' };
    const first = await fetch(url, { headers: viewer });
    const etag = first.headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    expect((await fetch(url, { headers: { ...viewer, 'if-none-match': etag } })).status).toBe(304);
    const agents = await fetch(url, { headers: { ...agent, 'if-none-match': etag } });
    expect([agents.status, agents.headers.get('etag')]).toEqual([200, null]);
    expect(await agents.json()).toMatchObject({ data: null, errors: forbidden('viewer') });
    const admins = await fetch(url, { headers: { authorization: 'Bearer of-admin' } });
    expect(admins.headers.get('etag')).not.toBe(etag);
    expect((await fetch(url, { headers: { authorization: 'Bearer of-admin', 'if-none-match': etag } })).status).toBe(200);
  });
});

describe('Requests with one Idempotency-Key', () => {
  const query = 'mutation { createNetwork(input: {}) { network { id } } }';

  it('of two callers are two requests', async () => {
    const authenticator = fixedAuthenticator({ one: viewerWith('admin'), two: viewerWith('admin', { id: 'test:other-admin' }) });
    const gateway = await startGateway({ store: graph.store, schema, authenticator });
    const create = async (credential: string): Promise<string> => {
      const headers = { authorization: `Bearer ${credential}`, 'idempotency-key': 'once' };
      const { data }: Answer = await (await gateway.post({ query }, headers)).json();
      return data.createNetwork.network.id;
    };
    const first = await create('one');
    expect(await create('one')).toBe(first);
    const second = await create('two');
    expect(second).not.toBe(first);
    expect(await create('two')).toBe(second);
    await gateway.stop();
  });

  it('of one whose role does not suffice any more are refused, also where the first was done', async () => {
    const viewers = { before: viewerWith('admin', { id: 'test:same' }), after: viewerWith('viewer', { id: 'test:same' }) };
    const gateway = await startGateway({ store: graph.store, schema, authenticator: fixedAuthenticator(viewers) });
    const answerTo = async (credential: string): Promise<Answer> => {
      const headers = { authorization: `Bearer ${credential}`, 'idempotency-key': 'kept' };
      return (await gateway.post({ query }, headers)).json();
    };
    expect((await answerTo('before')).errors).toBeUndefined();
    expect((await answerTo('after')).errors).toEqual([
      expect.objectContaining({ extensions: { code: 'FORBIDDEN', role: 'admin' } }),
    ]);
    await gateway.stop();
  });
});
