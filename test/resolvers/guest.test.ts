import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { guestRecord, id } from '../support/record.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema();
  const guest = (number: number, fields: object) => ({ [`guests/${id('c', number)}/metadata`]: guestRecord({ ...fields }) });
  const state = (number: number, text: string) => ({ [`guests/${id('c', number)}/state`]: text });
  await gateway.putAll({
    ...guest(1, { metadata: { name: 'b' }, hypervisor: id('d', 2), ip: '10.0.0.10' }),
    ...state(1, '{"state":"RUNNING","reported":"running","observed_at":"2026-11-22T23:00:13.5+01:00"}'),
    ...guest(2, { metadata: { name: 'B' }, hypervisor: id('d', 1), ip: '10.0.0.9' }),
    ...state(2, '{"state":"STOPPED"}'),
    ...guest(3, { metadata: { name: 'b' }, ip: '2001:db8::1' }),
    // An unplaced guest is UNPLACED whatever its state record says.
    ...state(3, '{"state":"RUNNING","observed_at":"2026-11-22T23:00:13Z"}'),
    ...guest(4, { hypervisor: id('d', 1), ip: '9.255.0.0' }),
    ...guest(5, { hypervisor: id('d', 2) }),
    ...state(5, '{"state":"DREAMING"}'),
  });
});

afterAll(() => gateway.close());

async function ordered(field: string, direction?: string): Promise<string> {
  const { guests } = await gateway.query('query ($orderBy: GuestOrder) { guests(orderBy: $orderBy) { nodes { id } } }', {
    variables: { orderBy: { field, ...(direction === undefined ? {} : { direction }) } },
  });
  return guests.nodes.map((node: { id: string }) => node.id.slice(-1)).join('');
}

describe('the order of guests', () => {
  it.each([
    ['ID', '12345', '54321'],
    ['NAME', '21345', '45132'],
    ['STATE', '12453', '34521'],
    ['IP', '42135', '53124'],
    ['HYPERVISOR', '24153', '31524'],
  ])('by %s is %s, and in DESC %s', async (field, ascending, descending) => {
    expect(await ordered(field)).toBe(ascending);
    expect(await ordered(field, 'ASC')).toBe(ascending);
    expect(await ordered(field, 'DESC')).toBe(descending);
  });

  it('is by id when orderBy is null', async () => {
    const { guests } = await gateway.query('{ guests(orderBy: null, filter: null, first: null) { nodes { id } } }');
    expect(guests.nodes.map((node: { id: string }) => node.id.slice(-1)).join('')).toBe('12345');
  });

  it('binds cursors to its field, in either direction', async () => {
    const ask = (args: string) => `{ guests(${args}) { nodes { id } pageInfo { endCursor } } }`;
    const { guests } = await gateway.query(ask('first: 2, orderBy: { field: NAME }'));
    const after = guests.pageInfo.endCursor;
    expect(await gateway.errorsOf(ask(`after: "${after}"`))).toEqual([
      { code: 'BAD_USER_INPUT', field: 'after', path: 'guests' },
    ]);
    expect(await gateway.errorsOf(ask(`before: "${after}", orderBy: { field: IP }`))).toEqual([
      { code: 'BAD_USER_INPUT', field: 'before', path: 'guests' },
    ]);
    const onward = await gateway.query(ask(`after: "${after}", orderBy: { field: NAME }`));
    expect(onward.guests.nodes).toEqual([{ id: id('c', 3) }, { id: id('c', 4) }, { id: id('c', 5) }]);
  });
});

describe("a guest's state", () => {
  it('is UNPLACED without a hypervisor, what was recorded, or UNKNOWN', async () => {
    const { guests } = await gateway.query('{ guests { nodes { state stateObservedAt } } }');
    expect(guests.nodes).toEqual([
      { state: 'RUNNING', stateObservedAt: '2026-11-22T22:00:13.5Z' },
      { state: 'STOPPED', stateObservedAt: null },
      { state: 'UNPLACED', stateObservedAt: null },
      { state: 'UNKNOWN', stateObservedAt: null },
      { state: 'UNKNOWN', stateObservedAt: null },
    ]);
  });

  it('is counted over the cluster, states without a guest too', async () => {
    const { cluster } = await gateway.query('{ cluster { guestCount guestCountByState { state count } } }');
    expect(cluster).toEqual({
      guestCount: 5,
      guestCountByState: [
        { state: 'UNPLACED', count: 1 },
        { state: 'PENDING', count: 0 },
        { state: 'CREATING', count: 0 },
        { state: 'RUNNING', count: 1 },
        { state: 'STOPPED', count: 1 },
        { state: 'SUSPENDED', count: 0 },
        { state: 'DELETING', count: 0 },
        { state: 'ERROR', count: 0 },
        { state: 'UNKNOWN', count: 2 },
      ],
    });
  });
});

describe('a page of guests', () => {
  it.each([
    ['first: 1001', 'first'],
    ['first: -1', 'first'],
    ['last: 1001', 'last'],
    ['last: -1', 'last'],
    ['after: "nonsense"', 'after'],
    ['before: ""', 'before'],
  ])('with %s is refused, naming the field', async (args, field) => {
    expect(await gateway.errorsOf(`{ guests(${args}) { totalCount } }`)).toEqual([
      { code: 'BAD_USER_INPUT', field, path: 'guests' },
    ]);
  });

  it('with `first: 0` answers the count alone', async () => {
    const { guests } = await gateway.query('{ guests(first: 0) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }');
    expect(guests).toEqual({ totalCount: 5, nodes: [], pageInfo: { hasNextPage: true, endCursor: null } });
  });

  it('goes on where it was when guests come and go', async () => {
    const ask = (after: string | null) =>
      gateway.query('query ($after: String) { guests(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }', {
        variables: { after },
      });
    const first = (await ask(null)).guests;
    await gateway.remove(`guests/${id('c', 2)}/metadata`);
    await gateway.put(`guests/${id('b', 1)}/metadata`, guestRecord());
    const second = (await ask(first.pageInfo.endCursor)).guests;
    expect([...first.nodes, ...second.nodes]).toEqual([1, 2, 3, 4].map((number) => ({ id: id('c', number) })));
  });
});
