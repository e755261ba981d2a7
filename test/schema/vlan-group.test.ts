import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema({ fixtures: ['cluster-a'] });
});

afterAll(() => gateway.close());

it('answers a VLAN group whole', async () => {
  const data = await gateway.query(`
    query {
      vlanGroup(id: "0bb216ed-333f-4a69-9b61-22ba20d139c1") {
        __typename id revision description metadata name
        vlans { totalCount nodes { id tag } }
        guests { totalCount nodes { id } }
      }
    }`);
  expect(data).toEqual({
    vlanGroup: {
      __typename: 'VLANGroup',
      id: '0bb216ed-333f-4a69-9b61-22ba20d139c1',
      revision: '1001',
      description: 'one & forty-two',
      metadata: {
        k: 'v',
      },
      name: null,
      vlans: {
        totalCount: 2,
        nodes: [
          {
            id: 'vlan:1',
            tag: 1,
          },
          {
            id: 'vlan:42',
            tag: 42,
          },
        ],
      },
      guests: {
        totalCount: 2,
        nodes: [
          {
            id: '057be229-1dd0-403e-af91-50244d5a12f0',
          },
          {
            id: 'e51154b5-7dca-4064-81f4-99bbb5b10e79',
          },
        ],
      },
    },
  });
});
