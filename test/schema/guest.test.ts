import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema({ fixtures: ['cluster-a'] });
});

afterAll(() => gateway.close());

it('answers a placed guest whole', async () => {
  const data = await gateway.query(`
    query {
      guest(id: "e7631e44-928f-48f6-a597-af302834dac9") {
        __typename id revision metadata name type state stateObservedAt
        flavorId flavor { id } networkId network { id } hypervisorId hypervisor { id } subnetId subnet { id }
        firewallGroupId firewallGroup { id } vlanGroupId vlanGroup { id } mac ip bridge
        jobs { totalCount nodes { id action } }
        agent { state type imageId memory cpu vnc metadata nics { name mac address netmask gateway network model device vlans } disks { bus device size imageId volume source } }
      }
    }`);
  expect(data).toEqual({
    guest: {
      __typename: 'Guest',
      id: 'e7631e44-928f-48f6-a597-af302834dac9',
      revision: '1001',
      metadata: {},
      name: null,
      type: 'foo',
      state: 'UNKNOWN',
      stateObservedAt: null,
      flavorId: '2324bdc0-c464-4180-ab72-cd7d75c647e8',
      flavor: {
        id: '2324bdc0-c464-4180-ab72-cd7d75c647e8',
      },
      networkId: '9ad590d2-8e5c-47ac-98b1-c331b320fbad',
      network: {
        id: '9ad590d2-8e5c-47ac-98b1-c331b320fbad',
      },
      hypervisorId: '5058f1c0-086d-429d-9ee5-d2309b95e4b0',
      hypervisor: {
        id: '5058f1c0-086d-429d-9ee5-d2309b95e4b0',
      },
      subnetId: '625d132a-7b2f-4a91-8818-0187742513d3',
      subnet: {
        id: '625d132a-7b2f-4a91-8818-0187742513d3',
      },
      firewallGroupId: 'd009071e-8082-423f-90f0-54844f14ee5e',
      firewallGroup: {
        id: 'd009071e-8082-423f-90f0-54844f14ee5e',
      },
      vlanGroupId: 'a98bc357-7d18-4444-981e-2dd8c3297c9d',
      vlanGroup: {
        id: 'a98bc357-7d18-4444-981e-2dd8c3297c9d',
      },
      mac: '02:89:e7:d6:e4:16',
      ip: '10.10.1.47',
      bridge: 'mistify0',
      jobs: {
        totalCount: 1,
        nodes: [
          {
            id: 'ca5caf97-5273-40c2-91fc-1b26548b0d0f',
            action: 'reboot',
          },
        ],
      },
      agent: null,
    },
  });
});
