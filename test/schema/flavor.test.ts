import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema({ fixtures: ['cluster-a'] });
});

afterAll(() => gateway.close());

it('answers a flavor whole', async () => {
  const data = await gateway.query(`
    query {
      flavor(id: "51e52341-e448-4632-a58b-1a6eee4b5d92") {
        __typename id revision metadata name imageId resources { memory disk cpu }
        guests { totalCount nodes { id hypervisorId } }
      }
    }`);
  expect(data).toEqual({
    flavor: {
      __typename: 'Flavor',
      id: '51e52341-e448-4632-a58b-1a6eee4b5d92',
      revision: '1001',
      metadata: {
        name: '2^53+1',
      },
      name: '2^53+1',
      imageId: '8600e141-897c-46fa-834a-a5a3c27cbf2d',
      resources: {
        memory: '9007199254740993',
        disk: 1,
        cpu: 1,
      },
      guests: {
        totalCount: 1,
        nodes: [
          {
            id: 'd1145c7c-7173-4717-8731-167a96431f78',
            hypervisorId: null,
          },
        ],
      },
    },
  });
});
