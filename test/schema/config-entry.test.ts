import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema({ fixtures: ['cluster-a'] });
});

afterAll(() => gateway.close());

it('answers config entries whole', async () => {
  const data = await gateway.query(`
    query {
      configEntry(key: "dhcp/dns/primary") { __typename id key value revision }
      configEntries(prefix: "dhcp/") { totalCount nodes { id key value } edges { cursor node { key } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
    }`);
  expect(data).toEqual({
    configEntry: {
      __typename: 'ConfigEntry',
      id: 'config:dhcp/dns/primary',
      key: 'dhcp/dns/primary',
      value: '8.8.8.8',
      revision: '1001',
    },
    configEntries: {
      totalCount: 2,
      nodes: [
        {
          id: 'config:dhcp/dns/primary',
          key: 'dhcp/dns/primary',
          value: '8.8.8.8',
        },
        {
          id: 'config:dhcp/dns/secondary',
          key: 'dhcp/dns/secondary',
          value: '8.8.4.4',
        },
      ],
      edges: [
        {
          cursor: 'WyJLRVkiLCJkaGNwL2Rucy9wcmltYXJ5Il0',
          node: {
            key: 'dhcp/dns/primary',
          },
        },
        {
          cursor: 'WyJLRVkiLCJkaGNwL2Rucy9zZWNvbmRhcnkiXQ',
          node: {
            key: 'dhcp/dns/secondary',
          },
        },
      ],
      pageInfo: {
        hasNextPage: false,
        hasPreviousPage: false,
        startCursor: 'WyJLRVkiLCJkaGNwL2Rucy9wcmltYXJ5Il0',
        endCursor: 'WyJLRVkiLCJkaGNwL2Rucy9zZWNvbmRhcnkiXQ',
      },
    },
  });
});
