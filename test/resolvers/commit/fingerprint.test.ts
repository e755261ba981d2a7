import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../../support/gateway-schema.ts';
import { id } from '../../support/record.ts';
import { type CommitSpace, mutationOf, openCommitSpace } from './commit-space.ts';

describe('The fingerprint of arguments', () => {
  let space: CommitSpace;
  beforeEach(() => {
    space = openCommitSpace();
  });
  afterEach(() => space.store.close());

  const fingerprint = (args: unknown) => mutationOf(space.newContext({ idempotencyKey: 'k' }), args).fingerprint;
  const withoutPrototype = (members: object) => Object.assign(Object.create(null), members);

  it.each<[string, unknown, unknown]>([
    ['in another order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ['whose names are numbers, in another order', { map: { 10: 'x', 9: 'y' } }, { map: { 9: 'y', 10: 'x' } }],
    [
      'in objects without a prototype',
      { input: { a: [{ b: 1 }] } },
      withoutPrototype({ input: withoutPrototype({ a: [{ b: 1 }] }) }),
    ],
    ['with a large number', { memory: 2n ** 64n - 1n }, { memory: BigInt('18446744073709551615') }],
    ['with a date', { at: new Date(5) }, { at: new Date(5) }],
    ['with one that is left out', { a: 1, b: undefined }, { a: 1 }],
    ['with __proto__ as the name of a text', JSON.parse('{"__proto__":"x","a":"y"}'), JSON.parse('{"a":"y","__proto__":"x"}')],
  ])('is the same for the same ones %s', (_what, one, other) => {
    expect(fingerprint(one)).toBe(fingerprint(other));
    expect(fingerprint(one)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, unknown, unknown]>([
    ['a null and nothing', { a: null }, {}],
    ['lists in another order', { a: [1, 2] }, { a: [2, 1] }],
    ['texts and lists of them', { a: 'x' }, { a: ['x'] }],
    ['large numbers that a double would confuse', { a: 2n ** 53n }, { a: 2n ** 53n + 1n }],
    ['dates', { at: new Date(5) }, { at: new Date(6) }],
    ['a text called __proto__', JSON.parse('{"__proto__":"x"}'), {}],
    ['where a value lies', { a: { b: 1 } }, { a: {}, b: 1 }],
  ])('tells apart %s', (_what, one, other) => {
    expect(fingerprint(one)).not.toBe(fingerprint(other));
  });

  it('and the name of an operation belong to the key, the field and its alias', () => {
    const name = (idempotencyKey: string, responseName: string) =>
      mutationOf(space.newContext({ idempotencyKey }), {}, responseName).name;
    expect(name('k', 'a')).toBe(name('k', 'a'));
    expect(new Set([name('k', 'a'), name('k', 'b'), name('l', 'a'), name('k","a', 'b')]).size).toBe(4);
  });
});

describe('Arguments that come by another way', () => {
  let gateway: GatewaySchema;
  beforeEach(async () => {
    gateway = await openGatewaySchema();
  });
  afterEach(() => gateway.close());

  it('are the same request: as literals, by variables, in another order, in a document of another shape', async () => {
    const network = id('a', 1);
    const run = (document: string, variables?: Readonly<Record<string, unknown>>) =>
      gateway.query(document, { idempotencyKey: 'k', ...(variables === undefined ? {} : { variables }) });
    const first = await run(
      `mutation { createNetwork(input: { id: "${network}", metadata: { name: "n", a: "1" } }) { network { revision } } }`,
    );
    const whole = 'mutation Other($input: CreateNetworkInput!) { createNetwork(input: $input) { network { revision } } }';
    expect(await run(whole, { input: { metadata: { a: '1', name: 'n' }, id: network } })).toEqual(first);
    const parts =
      'mutation ($id: ID, $name: StringMap = { a: "1", name: "n" }) { createNetwork(input: { metadata: $name, id: $id }) { network { revision } } }';
    expect(await run(parts, { id: network })).toEqual(first);
    const left = `mutation ($none: ID) { createNetwork(input: { id: "${network}", metadata: { a: "1", name: "n" } }) { network { revision id } } again: createNetwork(input: { id: $none }) { network { id } } }`;
    expect((await run(left)).createNetwork.network).toEqual({ ...first.createNetwork.network, id: network });
  });
});
