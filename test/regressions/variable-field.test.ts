// A wrong value deep in an input object that was sent as a variable was blamed on the variable: extensions.field said "input".
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ store: openMemoryStore({ log: silentLog }), schema });
});
afterAll(async () => {
  await gateway.stop();
  await gateway.services.store.close();
});

const subnet = { cidr: '10.0.0.0/24', startRange: '10.0.0.1', endRange: '10.0.0.9' };
const rule = { portStart: 1, portEnd: 2, protocol: 'tcp', action: 'allow' };

it.each([
  ['CreateSubnetInput', 'createSubnet', { ...subnet, cidr: '10.0.0.1/24' }, ['cidr']],
  ['CreateSubnetInput', 'createSubnet', { ...subnet, startRange: 'x', endRange: 'y' }, ['startRange', 'endRange']],
  ['CreateSubnetInput', 'createSubnet', 'x', ['input']],
  ['CreateFirewallGroupInput', 'createFirewallGroup', { rules: [rule, { ...rule, source: '10.0.0.1/8' }] }, ['source']],
  ['CreateFirewallGroupInput', 'createFirewallGroup', { rules: [null] }, ['rules']],
])('names the field of a %s in a variable that is wrong', async (type, field, input, fields) => {
  const document = `mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`;
  const { errors = [], data } = await gateway.ask(document, { input });
  expect(data).toBeUndefined();
  expect(errors.map(({ extensions }) => extensions)).toEqual(fields.map((name) => ({ code: 'BAD_USER_INPUT', field: name })));
});

it('names the variable where it is missing beside another that is wrong', async () => {
  const document = `mutation ($a: CreateSubnetInput!, $b: CreateSubnetInput!) {
    a: createSubnet(input: $a) { __typename }
    b: createSubnet(input: $b) { __typename }
  }`;
  const { errors = [] } = await gateway.ask(document, { b: { ...subnet, gateway: 'x' } });
  expect(errors.map(({ extensions }) => extensions.field)).toEqual(['a', 'gateway']);
});
