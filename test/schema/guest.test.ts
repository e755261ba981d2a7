import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { hypervisorRecord } from '../support/record.ts';
import { json, type ScriptedAgent, startScriptedAgent } from '../support/scripted-agent.ts';

let gateway: GatewaySchema;
let agent: ScriptedAgent;

const onAgent = {
  id: 'e7631e44-928f-48f6-a597-af302834dac9',
  type: 'kvm',
  image: '289120e4-ed12-431d-8d18-48f8a94bb05a',
  state: 'running',
  memory: 512,
  cpu: 1,
  vnc: 5900,
  metadata: { a: 'b' },
  nics: [
    {
      name: 'eth0',
      network: 'mistify0',
      model: 'virtio',
      mac: '02:89:e7:d6:e4:16',
      address: '10.10.1.47',
      netmask: 'ffffff00',
      gateway: '10.10.1.1',
      device: 'vnet0',
      vlans: [1],
    },
  ],
  disks: [
    { bus: 'virtio', device: 'vda', size: 8192, volume: 'v1', image: '289120e4-ed12-431d-8d18-48f8a94bb05a', source: 's1' },
  ],
};

beforeAll(async () => {
  agent = await startScriptedAgent(json([onAgent]));
  gateway = await openGatewaySchema({ fixtures: ['cluster-a'], agentPort: agent.port });
  const record = hypervisorRecord({ id: '5058f1c0-086d-429d-9ee5-d2309b95e4b0', ip: '127.0.0.1' });
  await gateway.put('hypervisors/5058f1c0-086d-429d-9ee5-d2309b95e4b0/metadata', record);
});

afterAll(async () => {
  await gateway.close();
  await agent.close();
});

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
      agent: {
        state: 'running',
        type: 'kvm',
        imageId: '289120e4-ed12-431d-8d18-48f8a94bb05a',
        memory: 512,
        cpu: 1,
        vnc: 5900,
        metadata: { a: 'b' },
        nics: [
          {
            name: 'eth0',
            mac: '02:89:e7:d6:e4:16',
            address: '10.10.1.47',
            netmask: 'ffffff00',
            gateway: '10.10.1.1',
            network: 'mistify0',
            model: 'virtio',
            device: 'vnet0',
            vlans: [1],
          },
        ],
        disks: [
          {
            bus: 'virtio',
            device: 'vda',
            size: 8192,
            imageId: '289120e4-ed12-431d-8d18-48f8a94bb05a',
            volume: 'v1',
            source: 's1',
          },
        ],
      },
    },
  });
});
