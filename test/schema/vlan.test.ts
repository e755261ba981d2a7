import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema({ fixtures: ['cluster-a'] });
});

afterAll(() => gateway.close());

it('answers a VLAN whole', async () => {
  const data = await gateway.query(`
    query {
      vlan(tag: 42) {
        __typename id revision tag description
        groups { totalCount nodes { id description } pageInfo { hasNextPage } edges { node { id } } }
      }
    }`);
  expect(data).toEqual({
    vlan: {
      __typename: 'VLAN',
      id: 'vlan:42',
      revision: '1001',
      tag: 42,
      description: 'the <answer> & more',
      groups: {
        totalCount: 2,
        nodes: [
          {
            id: '0bb216ed-333f-4a69-9b61-22ba20d139c1',
            description: 'one & forty-two',
          },
          {
            id: 'a98bc357-7d18-4444-981e-2dd8c3297c9d',
            description: '',
          },
        ],
        pageInfo: {
          hasNextPage: false,
        },
        edges: [
          {
            node: {
              id: '0bb216ed-333f-4a69-9b61-22ba20d139c1',
            },
          },
          {
            node: {
              id: 'a98bc357-7d18-4444-981e-2dd8c3297c9d',
            },
          },
        ],
      },
    },
  });
});
