import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema({ fixtures: ['cluster-a'] });
});

afterAll(() => gateway.close());

it('answers a subnet whole', async () => {
  const data = await gateway.query(`
    query {
      subnet(id: "625d132a-7b2f-4a91-8818-0187742513d3") {
        __typename id revision metadata name networkId network { id } cidr gateway startRange endRange
        addressing { total used available utilization }
        addresses { totalCount nodes { ip ownerId guest { id } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } }
        held: address(ip: "10.10.1.47") { ip ownerId guest { id } }
        free: address(ip: "10.10.1.48") { ip }
        availableAddresses(first: 3)
        hypervisorAttachments { totalCount nodes { subnetId subnet { id } hypervisorId hypervisor { id } bridge } }
        guests { totalCount nodes { id } }
      }
    }`);
  expect(data).toEqual({
    subnet: {
      __typename: 'Subnet',
      id: '625d132a-7b2f-4a91-8818-0187742513d3',
      revision: '1001',
      metadata: {
        name: 'main',
      },
      name: 'main',
      networkId: '9ad590d2-8e5c-47ac-98b1-c331b320fbad',
      network: {
        id: '9ad590d2-8e5c-47ac-98b1-c331b320fbad',
      },
      cidr: '10.10.1.0/24',
      gateway: '10.10.1.1',
      startRange: '10.10.1.10',
      endRange: '10.10.1.250',
      addressing: {
        total: 241,
        used: 2,
        available: 239,
        utilization: 0.008298755186721962,
      },
      addresses: {
        totalCount: 2,
        nodes: [
          {
            ip: '10.10.1.47',
            ownerId: 'e7631e44-928f-48f6-a597-af302834dac9',
            guest: {
              id: 'e7631e44-928f-48f6-a597-af302834dac9',
            },
          },
          {
            ip: '10.10.1.81',
            ownerId: 'e51154b5-7dca-4064-81f4-99bbb5b10e79',
            guest: {
              id: 'e51154b5-7dca-4064-81f4-99bbb5b10e79',
            },
          },
        ],
        pageInfo: {
          startCursor: 'WyJBRERSRVNTIiwiMTAuMTAuMS40NyIsIjQwYTBhMDEyZiJd',
          endCursor: 'WyJBRERSRVNTIiwiMTAuMTAuMS44MSIsIjQwYTBhMDE1MSJd',
          hasNextPage: false,
          hasPreviousPage: false,
        },
      },
      held: {
        ip: '10.10.1.47',
        ownerId: 'e7631e44-928f-48f6-a597-af302834dac9',
        guest: {
          id: 'e7631e44-928f-48f6-a597-af302834dac9',
        },
      },
      free: null,
      availableAddresses: ['10.10.1.10', '10.10.1.11', '10.10.1.12'],
      hypervisorAttachments: {
        totalCount: 2,
        nodes: [
          {
            subnetId: '625d132a-7b2f-4a91-8818-0187742513d3',
            subnet: {
              id: '625d132a-7b2f-4a91-8818-0187742513d3',
            },
            hypervisorId: '5058f1c0-086d-429d-9ee5-d2309b95e4b0',
            hypervisor: {
              id: '5058f1c0-086d-429d-9ee5-d2309b95e4b0',
            },
            bridge: 'mistify0',
          },
          {
            subnetId: '625d132a-7b2f-4a91-8818-0187742513d3',
            subnet: {
              id: '625d132a-7b2f-4a91-8818-0187742513d3',
            },
            hypervisorId: 'e2977ee1-7d6d-461c-bc4e-716a12cbba4b',
            hypervisor: {
              id: 'e2977ee1-7d6d-461c-bc4e-716a12cbba4b',
            },
            bridge: 'mistify0',
          },
        ],
      },
      guests: {
        totalCount: 2,
        nodes: [
          {
            id: 'e51154b5-7dca-4064-81f4-99bbb5b10e79',
          },
          {
            id: 'e7631e44-928f-48f6-a597-af302834dac9',
          },
        ],
      },
    },
  });
});
