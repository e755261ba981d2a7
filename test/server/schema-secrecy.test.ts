import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/auth/index.ts';
import { fixedAuthenticator, viewerWith } from '../support/fixed-authenticator.ts';
import { type Answer, type Gateway, startGateway } from '../support/gateway.ts';
import { type GatewaySchema, openGatewaySchema, schema } from '../support/gateway-schema.ts';
import { openEventSource } from '../support/sse-client.ts';
import { openSocketClient } from '../support/ws-client.ts';

const hypervisorId = '5058f1c0-086d-429d-9ee5-d2309b95e4b0';
const hidden = 'This does not fit the schema. What is wrong with it is told to those alone who may read the schema: role viewer';

let graph: GatewaySchema;
let gateway: Gateway;
beforeAll(async () => {
  graph = await openGatewaySchema({ fixtures: ['cluster-a'], withCatalog: true });
  const authenticator = fixedAuthenticator({
    'of-agent': viewerWith('agent', { hypervisorId }),
    'of-viewer': viewerWith('viewer'),
    'of-operator': viewerWith('operator'),
    'of-admin': viewerWith('admin'),
  });
  gateway = await startGateway({ store: graph.store, schema, authenticator });
});
afterAll(async () => {
  await gateway.stop();
  await graph.close();
});

interface Question {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

const authorization = (role: Role) => ({ authorization: `Bearer of-${role}` });

type Ask = (question: Question, role: Role) => Promise<Answer>;

const byPost: Ask = async (question, role) => (await gateway.post(question, authorization(role))).json();

const byBatch: Ask = async (question, role) => {
  const answers: readonly Answer[] = await (await gateway.post([question], authorization(role))).json();
  return answers[0] ?? {};
};

const byEventStream: Ask = async (question, role) => {
  const { response, next, cut } = await openEventSource(gateway.url, question, { headers: authorization(role) });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const answer: Answer = isStream ? ((await next()) ?? {}) : await response.json();
  cut();
  return answer;
};

const bySocket: Ask = async ({ query, variables = {} }, role) => {
  const socket = await openSocketClient(gateway.url, { connectionParams: authorization(role) });
  const answer = await socket.ask(query, variables);
  await socket.client.dispose();
  return answer;
};

/** Each with what graphql says of it that its document does not. */
const guesses: readonly (readonly [string, Question, string])[] = [
  ['a field that is nearly one', { query: '{ gests { totalCount } }' }, 'Did you mean "guests"'],
  ['a field of a type that is nearly one', { query: '{ guests { nodes { hypervisr { id } } } }' }, 'Did you mean "hypervisor"'],
  ['a field without its argument', { query: 'mutation { createNetwork { network { id } } }' }, 'CreateNetworkInput!'],
  ['a field without its selection', { query: '{ guests }' }, 'must have a selection of subfields'],
  ['an argument that is nearly one', { query: '{ guests(frst: 1) { totalCount } }' }, 'Did you mean "first"'],
  ['an input field that is nearly one', { query: '{ guests(filter: { state: [] }) { totalCount } }' }, 'Did you mean'],
  [
    'an input object without what it needs',
    { query: 'mutation { createGuest(input: {}) { guest { id } } }' },
    'CreateGuestInput.flavorId',
  ],
  ['a value that is nearly one', { query: '{ guests(filter: { states: [RUNING] }) { totalCount } }' }, '"RUNNING"'],
  ['a type that is nearly one', { query: 'query ($f: GuestFiltr) { guests(filter: $f) { totalCount } }' }, '"GuestFilter"'],
  [
    'a variable of another type',
    { query: 'query ($f: Int) { guests(filter: $f) { totalCount } }', variables: { f: 1 } },
    '"GuestFilter"',
  ],
  [
    'a variable whose value is nearly one',
    {
      query: 'query ($s: [GuestState!]) { guests(filter: { states: $s }) { totalCount } }',
      variables: { s: ['RUNING'] },
    },
    '"RUNNING"',
  ],
  [
    'a variable whose field is nearly one',
    { query: 'query ($f: GuestFilter) { guests(filter: $f) { totalCount } }', variables: { f: { stats: [] } } },
    'Did you mean "states"',
  ],
  [
    'a variable without what it needs',
    { query: 'mutation ($i: CreateGuestInput!) { createGuest(input: $i) { guest { id } } }', variables: { i: {} } },
    '"flavorId"',
  ],
];

const subscriptions: typeof guesses = [
  [
    'a variable of a subscription',
    { query: 'subscription ($f: GuestFilter) { guestChanged(filter: $f) { type } }', variables: { f: { stats: [] } } },
    'Did you mean "states"',
  ],
];

const few: readonly Role[] = ['agent', 'viewer', 'agent'];

describe.each([
  { way: 'POST', ask: byPost, roles: [...few, 'operator', 'admin'] satisfies Role[], heard: [] },
  { way: 'a batch', ask: byBatch, roles: few, heard: [] },
  { way: 'server-sent events', ask: byEventStream, roles: few, heard: subscriptions },
  { way: 'a WebSocket', ask: bySocket, roles: few, heard: subscriptions },
])('Over $way, who guesses at the schema with', ({ ask, roles, heard }) => {
  it.each([...guesses, ...heard])(
    '%s is told what would fit where he may read it, else where he is wrong',
    async (_what, question, told) => {
      // The documents are checked once for all: who asks first must not decide what others are told.
      for (const role of roles) {
        const { data, errors = [] } = await ask(question, role);
        expect(data ?? null).toBeNull();
        expect(errors.length).toBeGreaterThan(0);
        expect(errors.map(({ extensions }) => extensions.code)).toEqual(
          errors.map(() => expect.stringMatching(/^(GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT)$/)),
        );
        const messages = errors.map(({ message }) => message);
        if (role === 'agent') {
          expect(messages).toEqual(errors.map(() => hidden));
          expect(errors).toEqual(errors.map(() => expect.objectContaining({ locations: expect.anything() })));
        } else expect(messages.join('\n')).toContain(told);
      }
    },
  );
});

describe('An agent', () => {
  it('is told what is wrong with its own beat, where the gateway says it and not the schema', async () => {
    const query = `mutation { heartbeat(hypervisorId: "${hypervisorId}", ttlSeconds: 1) { hypervisor { id } } }`;
    const { errors } = await byPost({ query }, 'agent');
    expect(errors).toMatchObject([{ message: expect.stringContaining('10'), extensions: { field: 'ttlSeconds' } }]);
    const variable = { query: 'mutation ($i: ID!) { heartbeat(hypervisorId: $i) { hypervisor { id } } }', variables: {} };
    const missing = await byPost(variable, 'agent');
    expect(missing.errors).toMatchObject([{ message: hidden, extensions: { code: 'BAD_USER_INPUT', field: 'i' } }]);
  });
});
