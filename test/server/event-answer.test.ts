import { afterEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import type { ReadRequest } from '../../src/store/store.ts';
import { openEvents } from '../subscription/event-reader.ts';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { hypervisorRecord, id } from '../support/record.ts';
import { storeWith } from '../support/store-with.ts';

let gateway: GatewaySchema;
afterEach(() => gateway.close());

/** A gateway whose reads of the past fail for as long as `isAway` says so. */
async function openWithOutage(isAway: () => boolean): Promise<void> {
  const bare = openMemoryStore({ log: silentLog });
  const read = (request: ReadRequest) =>
    request.at !== undefined && isAway()
      ? Promise.reject(new GatewayError('STORE_UNAVAILABLE', 'It is away'))
      : bare.read(request);
  gateway = await openGatewaySchema({ store: storeWith(bare, { read }) });
  await gateway.put(`hypervisors/${id('d', 1)}/metadata`, hypervisorRecord({ metadata: { name: 'h1' } }));
}

const document = 'subscription { hypervisorHeartbeat { status hypervisor { name } } }';
const beat = () => gateway.put(`hypervisors/${id('d', 1)}/heartbeat`, 'now');

describe('An event whose graph can not be read', () => {
  it('waits for the store, and is told whole', async () => {
    let failures = 0;
    await openWithOutage(() => failures++ === 0);
    const events = await openEvents(gateway, document);
    await beat();
    expect(await events.next()).toEqual({ status: 'ALIVE', hypervisor: { name: 'h1' } });
    expect(failures).toBe(2);
  });

  it('is told with an error when its gateway stops meanwhile, before the end of the stream', async () => {
    let failures = 0;
    await openWithOutage(() => ++failures > 0);
    const events = await openEvents(gateway, document);
    await beat();
    const answer = events.result();
    await expect.poll(() => failures).toBeGreaterThan(0);
    await gateway.services.changes.close();
    expect(await answer).toMatchObject({
      data: { hypervisorHeartbeat: { status: 'ALIVE', hypervisor: null } },
      errors: [{ extensions: { code: 'STORE_UNAVAILABLE' } }],
    });
    expect(await events.failure()).toMatchObject({ code: 'SERVER_DRAINING' });
  });
});
