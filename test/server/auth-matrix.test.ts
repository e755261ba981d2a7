import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/auth/index.ts';
import { fixedAuthenticator, viewerWith } from '../support/fixed-authenticator.ts';
import { type Answer, type Gateway, startGateway } from '../support/gateway.ts';
import { type GatewaySchema, openGatewaySchema, schema } from '../support/gateway-schema.ts';
import { guestRecord, id, jobRecord } from '../support/record.ts';
import type { RootField } from '../support/root-field.ts';
import { openEventSource } from '../support/sse-client.ts';
import { openSocketClient, type SocketClient } from '../support/ws-client.ts';
import { expectedNames, fields, isAllowed, neededFor, outcomeOf } from './role-expectation.ts';

const hypervisorId = '5058f1c0-086d-429d-9ee5-d2309b95e4b0';
const queries = fields.filter(({ operation }) => operation === 'query');
const mutations = fields.filter(({ operation }) => operation === 'mutation');
const subscriptions = fields.filter(({ operation }) => operation === 'subscription');

let graph: GatewaySchema;
let gateway: Gateway;
/** The revision before that of the commit which each subscription tells of. */
let before = 0;
beforeAll(async () => {
  graph = await openGatewaySchema({ fixtures: ['cluster-a'], withCatalog: true });
  const authenticator = fixedAuthenticator({
    'of-viewer': viewerWith('viewer'),
    'of-operator': viewerWith('operator'),
    'of-admin': viewerWith('admin'),
    'of-agent': viewerWith('agent', { hypervisorId }),
  });
  gateway = await startGateway({ store: graph.store, schema, authenticator, logLevel: 'silent' });
  before = await revision();
  await graph.putAll({
    [`guests/${id('c', 1)}/metadata`]: guestRecord(),
    [`jobs/${id('9', 1)}`]: jobRecord(),
    [`hypervisors/${hypervisorId}/heartbeat`]: 'again',
  });
});
afterAll(async () => {
  await gateway.stop();
  await graph.close();
});

const roles: readonly Role[] = ['agent', 'viewer', 'operator', 'admin'];
const authorization = (role: Role) => ({ authorization: `Bearer of-${role}` });
const codesIn = ({ errors = [] }: Answer) => errors.map(({ extensions }) => extensions.code);

async function revision(): Promise<number> {
  return (await graph.store.read({ ranges: [] })).revision;
}

function expectForbidden({ data, errors }: Answer, role: Role, field: RootField): void {
  const needed = neededFor(field);
  expect(data?.[field.name] ?? null).toBeNull();
  expect(errors, field.document).toHaveLength(1);
  expect(errors?.[0]).toMatchObject({ path: [field.name], extensions: { code: 'FORBIDDEN', role: needed } });
  expect(errors?.[0]?.message).toContain(`${field.name} needs the role ${needed}`);
  expect(errors?.[0]?.message).toContain(`the role ${role}`);
}

function expectDone({ data, errors = [] }: Answer, field: RootField): void {
  const outcome = outcomeOf(field);
  if (outcome === 'SOMETHING' || outcome === 'NULL') {
    expect(errors, field.document).toEqual([]);
    expect(data[field.name] === null ? 'NULL' : 'SOMETHING', field.document).toBe(outcome);
    return;
  }
  expect(codesIn({ errors }), field.document).toEqual([outcome]);
  expect(errors[0]?.path).toEqual([field.name]);
}

/** The subscription from before the commit that it tells of. */
function documentBehind({ name, document }: RootField): string {
  return document.replace(name, `${name}(after: "${before}")`);
}

/** Of the type that the field has; and nothing went wrong. */
function expectEvent(answer: Answer | undefined, field: RootField): void {
  expect(outcomeOf(field)).toBe('EVENTS');
  const type = schema.getSubscriptionType()?.getFields()[field.name]?.type;
  expect(answer?.errors, field.document).toBeUndefined();
  expect(`${answer?.data?.[field.name]?.__typename}!`, field.document).toBe(String(type));
}

it('What is expected is that of each root field of the schema, and of no other', () => {
  expect(fields.map(({ name }) => name).toSorted()).toEqual(expectedNames.toSorted());
});

// Each field, asked by each role.
describe('Over HTTP', () => {
  it.each(roles)('as %s, each query is answered as expected, or is FORBIDDEN', async (role) => {
    async function askFor(field: RootField): Promise<void> {
      // Three times: a query that comes again is executed by a plan.
      for (let time = 0; time < 3; time++) {
        const response = await gateway.post({ query: field.document }, authorization(role));
        const answer: Answer = await response.json();
        expect(response.status).toBe(200);
        if (isAllowed(role, field)) expectDone(answer, field);
        else expectForbidden(answer, role, field);
      }
    }
    await Promise.all(queries.map(askFor));
  });

  it.each(roles)('as %s, each mutation does what is expected, or is FORBIDDEN and changes nothing', async (role) => {
    for (const field of mutations) {
      const from = await revision();
      const response = await gateway.post({ query: field.document }, authorization(role));
      const answer: Answer = await response.json();
      expect(response.status).toBe(200);
      if (isAllowed(role, field)) expectDone(answer, field);
      else {
        expectForbidden(answer, role, field);
        expect(await revision(), field.document).toBe(from);
      }
    }
  });

  it.each(roles)('as %s, each subscription tells of an event, or is FORBIDDEN', async (role) => {
    async function subscribeTo(field: RootField): Promise<void> {
      const query = documentBehind(field);
      const events = await openEventSource(gateway.url, { query }, { headers: authorization(role) });
      expect(events.response.headers.get('content-type')).toBe('text/event-stream');
      const first = await events.next();
      if (isAllowed(role, field)) expectEvent(first, field);
      else expectForbidden(first ?? {}, role, field);
      events.cut();
    }
    await Promise.all(subscriptions.map(subscribeTo));
  });

  it('nobody is answered anything', async () => {
    const from = await revision();
    async function askAs(headers: Readonly<Record<string, string>>, { document }: RootField): Promise<void> {
      const response = await gateway.post({ query: document }, headers);
      const answer: Answer = await response.json();
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(Object.keys(answer)).toEqual(['errors']);
      expect(codesIn(answer)).toEqual(['UNAUTHENTICATED']);
    }
    for (const headers of [{}, { accept: 'text/event-stream' }]) await Promise.all(fields.map((field) => askAs(headers, field)));
    // More wrong credentials are refused for being so many.
    await Promise.all(fields.slice(0, 10).map((field) => askAs({ authorization: 'Bearer of-nobody' }, field)));
    expect(await revision()).toBe(from);
  });
});

describe('Over a WebSocket', () => {
  // Each subscription; of queries and mutations a sample, of each role that is needed: the guards are in the schema, whoever executes it.
  const sample = fields.filter(({ name }) =>
    ['guests', 'cluster', 'node', 'createNetwork', 'setConfig', 'createGuest', 'retryJob', 'heartbeat'].includes(name),
  );

  function openSocket(role: Role): Promise<SocketClient> {
    return openSocketClient(gateway.url, { connectionParams: { Authorization: `Bearer of-${role}` } });
  }

  it.each(roles)('as %s, queries and mutations come to what is expected, or are FORBIDDEN and change nothing', async (role) => {
    const socket = await openSocket(role);
    expect(sample).toHaveLength(8);
    for (const field of sample) {
      const from = await revision();
      const answer = await socket.ask(field.document);
      if (isAllowed(role, field)) expectDone(answer, field);
      else {
        expectForbidden(answer, role, field);
        expect(await revision()).toBe(from);
      }
    }
    await socket.client.dispose();
  });

  it.each(roles)('as %s, each subscription tells of an event, or is FORBIDDEN', async (role) => {
    const socket = await openSocket(role);
    for (const field of subscriptions) {
      if (!isAllowed(role, field)) {
        expectForbidden(await socket.ask(documentBehind(field)), role, field);
        continue;
      }
      const events = socket.client.iterate<Answer['data']>({ query: documentBehind(field) });
      const { value } = await events.next();
      expectEvent(JSON.parse(JSON.stringify(value)), field);
      await events.return?.();
    }
    await socket.client.dispose();
  });
});
