import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema({ fixtures: ['cluster-a'] });
});

afterAll(() => gateway.close());

it('answers a hypervisor whole', async () => {
  const data = await gateway.query(`
    query {
      hypervisor(id: "5058f1c0-086d-429d-9ee5-d2309b95e4b0") {
        __typename id revision metadata name ip netmask gateway mac
        totalResources { memory disk cpu }
        availableResources { memory disk cpu }
        committedResources { memory disk cpu }
        freeResources { memory disk cpu }
        isAlive heartbeat { value at revision ttlSeconds } schedulable config
        subnetAttachments { totalCount nodes { subnetId subnet { cidr } hypervisorId hypervisor { id } bridge } }
        guests { totalCount nodes { id } }
      }
    }`);
  expect(data).toEqual({
    hypervisor: {
      __typename: 'Hypervisor',
      id: '5058f1c0-086d-429d-9ee5-d2309b95e4b0',
      revision: '1001',
      metadata: {
        note: 'a<b>&"c" \\ \t tab',
        rack: 'r1',
      },
      name: null,
      ip: '192.168.100.201',
      netmask: '255.255.255.0',
      gateway: '192.168.100.1',
      mac: 'de:ad:be:ef:7f:21',
      totalResources: {
        memory: 65536,
        disk: 1048576,
        cpu: 32,
      },
      availableResources: {
        memory: 40000,
        disk: 900000,
        cpu: 31,
      },
      committedResources: {
        memory: 4224,
        disk: 31024,
        cpu: 5,
      },
      freeResources: {
        memory: 40000,
        disk: 900000,
        cpu: 31,
      },
      isAlive: true,
      heartbeat: {
        value: '2026-11-22 23:00:13.313920112 +0000 UTC m=+1.319236550',
        at: '2026-11-22T23:00:13.313920112Z',
        revision: '1001',
        ttlSeconds: expect.any(Number),
      },
      schedulable: true,
      config: {
        defaultGateway: '10.10.1.1',
        guestDiskDir: '/mistify/guests',
        'nested/key': 'lost on Refresh',
      },
      subnetAttachments: {
        totalCount: 2,
        nodes: [
          {
            subnetId: '625d132a-7b2f-4a91-8818-0187742513d3',
            subnet: {
              cidr: '10.10.1.0/24',
            },
            hypervisorId: '5058f1c0-086d-429d-9ee5-d2309b95e4b0',
            hypervisor: {
              id: '5058f1c0-086d-429d-9ee5-d2309b95e4b0',
            },
            bridge: 'mistify0',
          },
          {
            subnetId: 'd0810f25-c3a1-4f68-a76c-9cf26f925ed6',
            subnet: {
              cidr: '10.10.2.0/30',
            },
            hypervisorId: '5058f1c0-086d-429d-9ee5-d2309b95e4b0',
            hypervisor: {
              id: '5058f1c0-086d-429d-9ee5-d2309b95e4b0',
            },
            bridge: 'br-tiny',
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
