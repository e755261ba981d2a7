import { getNullableType, getOperationAST, isListType, isObjectType, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { OperationCosts } from '../../../src/server/limits/index.ts';
import { schema } from '../../support/gateway-schema.ts';

const costs = new OperationCosts({ schema, limit: 500_000 });

function costOf(text: string, variableValues: Record<string, unknown> = {}): number {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  return costs.of({ schema, document, variableValues });
}

describe('The cost of an operation', () => {
  it.each([
    ['one for each field', '{ cluster { hypervisorCount guestCount } }', 3],
    ['one for each item and each of its fields', '{ guests(first: 10) { nodes { id name } } }', 1 + 1 + 10 * 3],
    ['a page of 50 where none is said', '{ networks { nodes { id } } }', 2 + 50 * 2],
    ['a page that is made to know where it ends', '{ guests(first: 100) { pageInfo { hasNextPage } } }', 1 + 1 + 1 + 100],
    ['no page to count a list', '{ guests(first: 100) { totalCount } }', 1 + 1],
    ['next to nothing for an empty page', '{ guests(first: 0) { totalCount nodes { id flavor { name } } } }', 3],
    ['the smaller of first and last', '{ guests(first: 100, last: 5) { nodes { id } } }', 2 + 5 * 2],
    [
      'a page within a page',
      '{ networks(first: 10) { nodes { guests(first: 20) { nodes { id } } } } }',
      2 + 10 * (1 + 2 + 20 * 2),
    ],
    ['the nodes that are asked for by id', '{ nodes(ids: ["a", "b", "c"]) { id } }', 1 + 3 * 22],
    [
      'the most expensive type that a node can have',
      '{ node(id: "a") { id ... on Network { name } ... on Guest { name ip } } }',
      4,
    ],
    ['what the schema says of a list', '{ firewallGroup(id: "a") { rules { protocol } } }', 2 + 10 * 2],
    ['a list whose length is an argument', '{ subnet(id: "a") { availableAddresses(first: 7) } }', 2 + 200 + 7],
    ['its default', '{ subnet(id: "a") { availableAddresses } }', 2 + 200 + 10],
    ['a look for one address', '{ subnet(id: "a") { address(ip: "10.0.0.1") { ip } } }', 2 + 20 + 1],
    [
      'the links of a node',
      '{ subnet(id: "a") { hypervisorAttachments(first: 0) { totalCount } } vlan(tag: 1) { groups(first: 0) { totalCount } } vlanGroup(id: "a") { vlans(first: 0) { totalCount } } }',
      3 * (1 + 51 + 1),
    ],
    ['a question to an agent', '{ guest(id: "a") { agent { vnc } } }', 1 + 1001 + 1],
    ['a search among all', '{ guests(first: 0, filter: { name: "a" }) { totalCount } }', 1 + 10_000 + 1],
    ['one among few', '{ hypervisor(id: "a") { guests(first: 0, orderBy: { field: IP }) { totalCount } } }', 1 + 1 + 100 + 1],
    [
      'a search among the guests of a node',
      '{ node(id: "a") { ... on Network { guests(first: 0, filter: { name: "a" }) { totalCount } } } }',
      1 + 1 + 2_000 + 1,
    ],
    [
      'the same where ids are given, of which it has some',
      '{ node(id: "a") { ... on Network { guests(first: 0, filter: { ids: ["a"] }) { totalCount } } } }',
      1 + 1 + 2_000 + 1 + 1,
    ],
    ['no more items than ids are looked for', '{ guests(filter: { ids: ["a", "b"] }) { nodes { id } } }', 1 + 102 + 1 + 2 * 2],
    ['nothing for what is skipped', '{ cluster { guestCount @skip(if: true) networkCount @include(if: true) } }', 2],
    ['sizes that will be refused as those that are not', '{ guests(first: 1000000) { nodes { id } } }', 2 + 1000 * 2],
  ])('counts %s', (_what, text, cost) => {
    expect(costOf(text)).toBe(cost);
  });

  const filtered =
    'query ($f: GuestFilter, $c: String) { hypervisors(first: 10) { nodes { guests(first: 0, filter: $f, after: $c) { totalCount } } } }';
  const unfiltered = 2 + 10 * 3;

  it.each([
    ['a cursor, by its length', { c: 'c'.repeat(1_280) }, 10 * 10],
    ['the text of a filter, by its length', { f: { name: 'n'.repeat(1_280) } }, 10 * (100 + 10)],
    ['the ids of a filter', { f: { ids: Array.from({ length: 50 }, () => 'a') } }, 10 * (100 + 50)],
    ['the pairs of a filter', { f: { metadata: { a: 'x', b: 'y', c: 'z'.repeat(256) } } }, 10 * (100 + 3 + 2)],
    ['nothing of what is short', { c: 'c', f: { name: 'n', states: null } }, 10 * 100],
  ])('counts %s, for each node that is asked', (_what, variables, cost) => {
    expect(costOf(filtered, variables)).toBe(unfiltered + cost);
    expect(costOf(filtered, variables)).toBe(unfiltered + cost);
  });

  it('counts a long text in the document as one in a variable', () => {
    expect(costOf(`{ guest(id: "${'1'.repeat(12_800)}") { name } }`)).toBe(2 + 100);
  });

  it('is what the variables make it', () => {
    const text = 'query ($first: Int = 5, $last: Int) { guests(first: $first, last: $last) { nodes { id } } }';
    expect(costOf(text)).toBe(2 + 5 * 2);
    expect(costOf(text, { first: 30 })).toBe(2 + 30 * 2);
    expect(costOf(text, { first: null })).toBe(2 + 50 * 2);
    expect(costOf(text, { first: 30, last: 10 })).toBe(2 + 10 * 2);
    const filtered =
      'query ($filter: GuestFilter, $id: ID!, $ids: [ID!]!) { guests(filter: $filter) { totalCount } nodes(ids: $ids) { id } }';
    expect(costOf(filtered.replace(', $id: ID!', ''), { ids: ['a', 'b'] })).toBe(2 + 1 + 2 * 22);
    expect(costOf(filtered.replace(', $id: ID!', ''), { ids: [], filter: { ids: ['a'] } })).toBe(2 + 101 + 1);
    const mixed = 'query ($id: ID!) { nodes(ids: ["a", $id]) { id } guests(filter: { ids: [$id] }) { nodes { id } } }';
    expect(costOf(mixed, { id: 'b' })).toBe(1 + 2 * 22 + 1 + 101 + 1 + 2);
    const conditional =
      'query ($on: Boolean!) { cluster { guestCount @include(if: $on) networkCount @skip(if: $on) store @skip(if: $on) { kind } } }';
    expect(costOf(conditional, { on: true })).toBe(2);
    expect(costOf(conditional, { on: false })).toBe(1 + 1 + 1002);
  });

  it('is a number also for values that do not fit their types', () => {
    const text = 'query ($first: Int, $filter: GuestFilter) { guests(first: $first, filter: $filter) { nodes { id } } }';
    for (const first of ['many', [1], {}, true, -5, 1e308]) {
      for (const filter of ['x', [], 7, { ids: 'a' }, { ids: [[[]]] }]) {
        expect(costOf(text, { first, filter })).toBeLessThan(13_000);
      }
    }
  });

  it('is that of a commit for each field of a mutation', () => {
    const fields = Array.from(
      { length: 100 },
      (_, index) => `m${index}: guestAction(guestId: "g", action: REBOOT) { guest { id state } }`,
    );
    expect(costOf(`mutation { ${fields.join(' ')} }`)).toBe(100 * (1001 + 3));
  });

  it('is that of one event for a subscription, which may have a fiftieth of what a query may', () => {
    expect(costOf('subscription { guestChanged { type guest { id } } }')).toBe(4);
    expect(costs.refusalOfEvents(10_000)).toBeNull();
    expect(costs.refusalOfEvents(10_001)?.extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', cost: 10_001, limit: 10_000 });
    expect(new OperationCosts({ schema, limit: 1 }).eventLimit).toBe(1);
  });

  it('is known at once where fragments stand for more fields than could be counted', () => {
    const depth = 60;
    const fragments = Array.from(
      { length: depth },
      (_, index) => `fragment F${index} on Query { a${index}: cluster { guestCount } ...F${index + 1} ...F${index + 1} }`,
    );
    const text = `query ($first: Int) { ...F0 } ${fragments.join(' ')} fragment F${depth} on Query { guests(first: $first) { nodes { id } } }`;
    const cost = costs.of({ schema, document: parse(text), variableValues: { first: 3 } });
    expect(cost).toBeGreaterThan(2 ** 60);
    expect(costs.refusalOf(cost)?.extensions).toMatchObject({ code: 'QUERY_TOO_COMPLEX', cost, limit: 500_000 });
  });

  it('belongs to the operation that is asked for', () => {
    const document = parse('query A { revision } query B { guests { nodes { id } } }');
    expect(getOperationAST(document)).toBeNull();
    expect(costs.of({ schema, document, operationName: 'A' })).toBe(1);
    expect(costs.of({ schema, document, operationName: 'B' })).toBe(102);
    expect(costs.of({ schema, document, operationName: 'C' })).toBe(0);
  });
});

it('every list of the schema says how many items it is reckoned to have, and nothing else does', () => {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'));
  const fields = types.flatMap((type) =>
    isObjectType(type) ? Object.values(type.getFields()).map((field) => ({ type, field })) : [],
  );
  const lists = fields.filter(({ field }) => isListType(getNullableType(field.type)));
  const sized = fields.filter(({ field }) => Object(field.extensions.cost).size !== undefined);
  expect(lists.length).toBeGreaterThan(30);
  expect(sized.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual(
    lists.map(({ type, field }) => `${type.name}.${field.name}`),
  );
});
