import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';

let gateway: GatewaySchema;

beforeAll(async () => {
  gateway = await openGatewaySchema({ fixtures: ['cluster-a'] });
});

afterAll(() => gateway.close());

it('answers a job whole', async () => {
  const data = await gateway.query(`
    query {
      job(id: "ca5caf97-5273-40c2-91fc-1b26548b0d0f") {
        __typename id revision action status guestId guest { id } remoteId error createdAt startedAt finishedAt
      }
    }`);
  expect(data).toEqual({
    job: {
      __typename: 'Job',
      id: 'ca5caf97-5273-40c2-91fc-1b26548b0d0f',
      revision: '1001',
      action: 'reboot',
      status: 'ERROR',
      guestId: 'e7631e44-928f-48f6-a597-af302834dac9',
      guest: {
        id: 'e7631e44-928f-48f6-a597-af302834dac9',
      },
      remoteId: null,
      error: 'unexpected HTTP Response Code: Expected 202, Received 500 <x>',
      createdAt: null,
      startedAt: '2015-12-01T10:20:30.123456789Z',
      finishedAt: '2015-12-01T10:20:31.123456789Z',
    },
  });
});
