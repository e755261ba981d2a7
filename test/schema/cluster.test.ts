import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema({ fixtures: ['cluster-a'] });
});

afterAll(() => gateway.close());

it('answers the cluster in numbers', async () => {
  const data = await gateway.query(`
    query {
      revision
      cluster {
        hypervisorCount aliveHypervisorCount guestCount guestCountByState { state count } networkCount subnetCount
        totalResources { memory disk cpu } committedResources { memory disk cpu } freeResources { memory disk cpu }
        store { kind version healthy revision }
      }
    }`);
  expect(data).toEqual({
    revision: '1001',
    cluster: {
      hypervisorCount: 5,
      aliveHypervisorCount: 4,
      guestCount: 12,
      guestCountByState: [
        {
          state: 'UNPLACED',
          count: 5,
        },
        {
          state: 'PENDING',
          count: 0,
        },
        {
          state: 'CREATING',
          count: 0,
        },
        {
          state: 'RUNNING',
          count: 0,
        },
        {
          state: 'STOPPED',
          count: 0,
        },
        {
          state: 'SUSPENDED',
          count: 0,
        },
        {
          state: 'DELETING',
          count: 0,
        },
        {
          state: 'ERROR',
          count: 0,
        },
        {
          state: 'UNKNOWN',
          count: 7,
        },
      ],
      networkCount: 2,
      subnetCount: 4,
      totalResources: {
        memory: '9007199254855681',
        disk: '18446744073711386623',
        cpu: 4294967351,
      },
      committedResources: {
        memory: 41856,
        disk: 571264,
        cpu: 28,
      },
      freeResources: {
        memory: '9007199254778945',
        disk: '18446744073710465903',
        cpu: 4294967343,
      },
      store: {
        kind: 'embedded',
        version: null,
        healthy: true,
        revision: '1001',
      },
    },
  });
});
