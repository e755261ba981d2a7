// Symptom: a request with the id of a node that is not there, and beside it an id that is none, ended the whole gateway: what was asked for
// first failed with nobody left to hear of it, and an unhandled rejection ends a process.
import { expect, it } from 'vitest';
import { openGatewaySchema } from '../support/gateway-schema.ts';
import { id } from '../support/record.ts';

it.each([
  ['createGuest', 'networkId', `mutation { createGuest(input: { flavorId: "${id('f', 1)}", networkId: "x" }) { job { id } } }`],
  ['reserveAddress', 'subnetId', `mutation { reserveAddress(guestId: "${id('c', 1)}", subnetId: "x") { address { ip } } }`],
  ['addVLANToGroup', 'tag', `mutation { addVLANToGroup(vlanGroupId: "${id('8', 1)}", tag: 0) { vlanGroup { id } } }`],
  [
    'placementReport',
    'networkId',
    `{ placementReport(for: { spec: { flavorId: "${id('f', 1)}", networkId: "x" } }) { rejected { filter } } }`,
  ],
])('refuses a wrong id beside that of a missing node in %s', async (path, field, document) => {
  const { errorsOf, close } = await openGatewaySchema();
  const unheard: unknown[] = [];
  const listen = (reason: unknown) => unheard.push(reason);
  process.on('unhandledRejection', listen);
  try {
    expect(await errorsOf(document)).toEqual([{ code: 'BAD_USER_INPUT', field, path }]);
    // A rejection counts as unhandled once the microtasks of its tick are done.
    await new Promise((resolve) => setImmediate(resolve));
    expect(unheard).toEqual([]);
  } finally {
    process.off('unhandledRejection', listen);
    await close();
  }
});
