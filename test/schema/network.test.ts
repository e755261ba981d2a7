import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema({ fixtures: ['cluster-a'] });
});

afterAll(() => gateway.close());

it('answers a network whole', async () => {
  const data = await gateway.query(`
    query {
      network(id: "9ad590d2-8e5c-47ac-98b1-c331b320fbad") {
        __typename id revision metadata name
        subnets { totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } } }
        guests(first: 2) { totalCount nodes { id name } pageInfo { hasNextPage hasPreviousPage } }
      }
    }`);
  expect(data).toEqual({
    network: {
      __typename: 'Network',
      id: '9ad590d2-8e5c-47ac-98b1-c331b320fbad',
      revision: '1001',
      metadata: {
        name: 'prod <front & back>',
        ünïcode: '日本語 🦕 \u2028 line',
      },
      name: 'prod <front & back>',
      subnets: {
        totalCount: 2,
        nodes: [
          {
            id: '625d132a-7b2f-4a91-8818-0187742513d3',
          },
          {
            id: 'd0810f25-c3a1-4f68-a76c-9cf26f925ed6',
          },
        ],
        pageInfo: {
          hasNextPage: false,
          hasPreviousPage: false,
          startCursor: 'WyJJRCIsIjYyNWQxMzJhLTdiMmYtNGE5MS04ODE4LTAxODc3NDI1MTNkMyJd',
          endCursor: 'WyJJRCIsImQwODEwZjI1LWMzYTEtNGY2OC1hNzZjLTljZjI2ZjkyNWVkNiJd',
        },
        edges: [
          {
            cursor: 'WyJJRCIsIjYyNWQxMzJhLTdiMmYtNGE5MS04ODE4LTAxODc3NDI1MTNkMyJd',
            node: {
              id: '625d132a-7b2f-4a91-8818-0187742513d3',
            },
          },
          {
            cursor: 'WyJJRCIsImQwODEwZjI1LWMzYTEtNGY2OC1hNzZjLTljZjI2ZjkyNWVkNiJd',
            node: {
              id: 'd0810f25-c3a1-4f68-a76c-9cf26f925ed6',
            },
          },
        ],
      },
      guests: {
        totalCount: 6,
        nodes: [
          {
            id: '057be229-1dd0-403e-af91-50244d5a12f0',
            name: null,
          },
          {
            id: '18f7f3c5-c456-4d53-85f2-a2cc47ed31e5',
            name: null,
          },
        ],
        pageInfo: {
          hasNextPage: true,
          hasPreviousPage: false,
        },
      },
    },
  });
});
