import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NeededRole, Role } from '../../src/auth/index.ts';
import { fixedAuthenticator, viewerWith } from '../support/fixed-authenticator.ts';
import { type Answer, type Gateway, startGateway } from '../support/gateway.ts';
import { type GatewaySchema, openGatewaySchema, schema } from '../support/gateway-schema.ts';
import { type RootField, rootFields } from '../support/root-field.ts';
import { openEventSource } from '../support/sse-client.ts';
import { openSocketClient, type SocketClient } from '../support/ws-client.ts';

const hypervisorId = '5058f1c0-086d-429d-9ee5-d2309b95e4b0';
const fields = rootFields(schema);

/** Everything else that changes something is for admins. */
const forOperators = [
  ...['createGuest', 'updateGuest', 'deleteGuest', 'placeGuest', 'unplaceGuest', 'guestAction', 'fetchImage', 'retryJob'],
  ...['reserveAddress', 'releaseAddress'],
];
const ranks: Readonly<Record<Role, number>> = { agent: 0, viewer: 1, operator: 2, admin: 3 };

function neededFor({ operation, name }: RootField): NeededRole {
  if (operation !== 'mutation') return 'viewer';
  return forOperators.includes(name) ? 'operator' : 'admin';
}

function isAllowed(role: Role, field: RootField): boolean {
  // The arguments name its own hypervisor.
  if (role === 'agent' && field.name === 'heartbeat') return true;
  return ranks[role] >= ranks[neededFor(field)];
}

let graph: GatewaySchema;
let gateway: Gateway;
beforeAll(async () => {
  graph = await openGatewaySchema({ fixtures: ['cluster-a'], withCatalog: true });
  const authenticator = fixedAuthenticator({
    'of-viewer': viewerWith('viewer'),
    'of-operator': viewerWith('operator'),
    'of-admin': viewerWith('admin'),
    'of-agent': viewerWith('agent', { hypervisorId }),
  });
  gateway = await startGateway({ store: graph.store, schema, authenticator, logLevel: 'silent' });
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

function expectAllowed(answer: Answer): void {
  expect(codesIn(answer).filter((code) => code === 'FORBIDDEN' || code === 'UNAUTHENTICATED')).toEqual([]);
  expect(codesIn(answer)).not.toContain('GRAPHQL_VALIDATION_FAILED');
}

describe('Over HTTP', () => {
  it('each root field of the schema is asked for', () => {
    expect(fields.filter(({ operation }) => operation === 'query').length).toBeGreaterThan(20);
    expect(fields.filter(({ operation }) => operation === 'mutation').length).toBeGreaterThan(40);
    expect(fields.filter(({ operation }) => operation === 'subscription').length).toBeGreaterThan(4);
  });

  it.each(roles)('as %s, each query is answered or is FORBIDDEN', async (role) => {
    async function askFor(field: RootField): Promise<void> {
      // Three times: a query that comes again is executed by a plan.
      for (let time = 0; time < 3; time++) {
        const response = await gateway.post({ query: field.document }, authorization(role));
        const answer: Answer = await response.json();
        expect(response.status).toBe(200);
        if (isAllowed(role, field)) expectAllowed(answer);
        else expectForbidden(answer, role, field);
      }
    }
    await Promise.all(fields.filter(({ operation }) => operation === 'query').map(askFor));
  });

  it.each(roles)('as %s, each mutation is done or is FORBIDDEN and changes nothing', async (role) => {
    for (const field of fields.filter(({ operation }) => operation === 'mutation')) {
      const before = await revision();
      const response = await gateway.post({ query: field.document }, authorization(role));
      const answer: Answer = await response.json();
      expect(response.status).toBe(200);
      if (isAllowed(role, field)) expectAllowed(answer);
      else {
        expectForbidden(answer, role, field);
        expect(await revision(), field.document).toBe(before);
      }
    }
  });

  it.each(roles)('as %s, each subscription begins or is FORBIDDEN', async (role) => {
    for (const field of fields.filter(({ operation }) => operation === 'subscription')) {
      const events = await openEventSource(gateway.url, { query: field.document }, { headers: authorization(role) });
      expect(events.response.headers.get('content-type')).toBe('text/event-stream');
      if (!isAllowed(role, field)) expectForbidden((await events.next()) ?? {}, role, field);
      events.cut();
    }
  });

  it('nobody is answered anything', async () => {
    const before = await revision();
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
    expect(await revision()).toBe(before);
  });
});

describe('Over a WebSocket', () => {
  const sample = fields.filter(({ name }) =>
    ['guests', 'cluster', 'node', 'createNetwork', 'setConfig', 'createGuest', 'retryJob', 'heartbeat'].includes(name),
  );
  const subscriptions = fields.filter(({ operation }) => operation === 'subscription');

  it.each(roles)('as %s', async (role) => {
    const socket: SocketClient = await openSocketClient(gateway.url, {
      connectionParams: { Authorization: `Bearer of-${role}` },
    });
    expect(sample).toHaveLength(8);
    for (const field of sample) {
      const before = await revision();
      const answer = await socket.ask(field.document);
      if (isAllowed(role, field)) expectAllowed(answer);
      else {
        expectForbidden(answer, role, field);
        expect(await revision()).toBe(before);
      }
    }
    for (const field of subscriptions) {
      if (!isAllowed(role, field)) expectForbidden(await socket.ask(field.document), role, field);
    }
    await socket.client.dispose();
  });
});
