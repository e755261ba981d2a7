import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { hypervisorRecord, id, subnetRecord } from '../support/record.ts';

let gateway: GatewaySchema;

const [host, deadHost] = [id('d', 1), id('d', 2)];
const [subnet, goneSubnet] = [id('b', 1), id('b', 2)];

beforeAll(async () => {
  gateway = await openGatewaySchema();
  await gateway.putAll({
    [`hypervisors/${host}/metadata`]: hypervisorRecord(),
    [`hypervisors/${host}/subnets/${subnet}`]: 'br0',
    [`hypervisors/${host}/subnets/${goneSubnet}`]: '',
    [`hypervisors/${host}/subnets/nonsense`]: 'br9',
    [`hypervisors/${deadHost}/subnets/${subnet.toUpperCase()}`]: 'br1',
    [`subnets/${subnet}/metadata`]: subnetRecord(),
  });
});

afterAll(() => gateway.close());

const attachment = 'totalCount nodes { subnetId subnet { id } hypervisorId hypervisor { id } bridge }';

describe('subnet attachments', () => {
  it('of a hypervisor are there with a null subnet when the subnet is gone; a name that is no UUID is none', async () => {
    const { hypervisor } = await gateway.query(`{ hypervisor(id: "${host}") { subnetAttachments { ${attachment} } } }`);
    expect(hypervisor.subnetAttachments).toEqual({
      totalCount: 2,
      nodes: [
        { subnetId: subnet, subnet: { id: subnet }, hypervisorId: host, hypervisor: { id: host }, bridge: 'br0' },
        { subnetId: goneSubnet, subnet: null, hypervisorId: host, hypervisor: { id: host }, bridge: '' },
      ],
    });
  });

  it('of a subnet are there with a null hypervisor when only its directory is left', async () => {
    const { subnet: found } = await gateway.query(`{ subnet(id: "${subnet}") { hypervisorAttachments { ${attachment} } } }`);
    expect(found.hypervisorAttachments).toEqual({
      totalCount: 2,
      nodes: [
        { subnetId: subnet, subnet: { id: subnet }, hypervisorId: host, hypervisor: { id: host }, bridge: 'br0' },
        { subnetId: subnet, subnet: { id: subnet }, hypervisorId: deadHost, hypervisor: null, bridge: 'br1' },
      ],
    });
  });

  it('are paged', async () => {
    const document = `query ($after: String) { hypervisor(id: "${host}") { subnetAttachments(first: 1, after: $after) { nodes { subnetId } pageInfo { hasNextPage endCursor } } } }`;
    const first = (await gateway.query(document)).hypervisor.subnetAttachments;
    expect(first).toMatchObject({ nodes: [{ subnetId: subnet }], pageInfo: { hasNextPage: true } });
    const second = (await gateway.query(document, { variables: { after: first.pageInfo.endCursor } })).hypervisor
      .subnetAttachments;
    expect(second).toMatchObject({ nodes: [{ subnetId: goneSubnet }], pageInfo: { hasNextPage: false } });
  });
});
