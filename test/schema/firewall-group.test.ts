import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema({ fixtures: ['cluster-a'] });
});

afterAll(() => gateway.close());

it('answers a firewall group whole', async () => {
  const data = await gateway.query(`
    query {
      firewallGroup(id: "d009071e-8082-423f-90f0-54844f14ee5e") {
        __typename id revision metadata name
        rules { source sourceGroupId sourceGroup { name } portStart portEnd protocol action }
        guests { totalCount nodes { id } }
      }
    }`);
  expect(data).toEqual({
    firewallGroup: {
      __typename: 'FirewallGroup',
      id: 'd009071e-8082-423f-90f0-54844f14ee5e',
      revision: '1001',
      metadata: {},
      name: null,
      rules: [
        {
          source: null,
          sourceGroupId: '599f68f2-30a8-4b8c-b047-fb321de741e2',
          sourceGroup: {
            name: 'web',
          },
          portStart: 22,
          portEnd: 22,
          protocol: 'tcp',
          action: 'allow',
        },
        {
          source: null,
          sourceGroupId: null,
          sourceGroup: null,
          portStart: 0,
          portEnd: 0,
          protocol: 'icmp',
          action: 'allow',
        },
        {
          source: '192.168.1.7/32',
          sourceGroupId: '599f68f2-30a8-4b8c-b047-fb321de741e2',
          sourceGroup: {
            name: 'web',
          },
          portStart: 1,
          portEnd: 65535,
          protocol: 'udp',
          action: 'deny',
        },
        {
          source: null,
          sourceGroupId: null,
          sourceGroup: null,
          portStart: 0,
          portEnd: 0,
          protocol: '',
          action: '',
        },
      ],
      guests: {
        totalCount: 1,
        nodes: [
          {
            id: 'e7631e44-928f-48f6-a597-af302834dac9',
          },
        ],
      },
    },
  });
});
