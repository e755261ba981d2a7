import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { openGatewaySchema } from '../support/gateway-schema.ts';
import { flavorRecord, guestRecord, hypervisorRecord, id } from '../support/record.ts';

const host = id('d', 1);
const [guest1, guest2, gone, broken, flavorless] = [id('c', 1), id('c', 2), id('c', 3), id('c', 4), id('c', 5)];

function openLogged() {
  const lines: { msg: string; key: string }[] = [];
  const stream = new Writable({
    write(line, _encoding, done) {
      lines.push(JSON.parse(String(line)));
      done();
    },
  });
  return { lines, opening: openGatewaySchema({ log: pino({ level: 'warn' }, stream) }) };
}

const capacity = `{ hypervisor(id: "${host}") {
  committedResources { memory disk cpu }
  freeResources { memory disk cpu }
  again: committedResources { memory }
  guests { totalCount nodes { id } }
} }`;

it('what a hypervisor has committed follows its links; a link without a readable guest or flavor counts 0 and is logged once', async () => {
  const { lines, opening } = openLogged();
  const gateway = await opening;
  const link = (guest: string) => ({ [`hypervisors/${host}/guests/${guest}`]: guest });
  await gateway.putAll({
    [`flavors/${id('f', 1)}/metadata`]: flavorRecord({ memory: 100, disk: 1000, cpu: 2 }),
    [`hypervisors/${host}/metadata`]: hypervisorRecord(),
    [`guests/${guest1}/metadata`]: guestRecord({ hypervisor: host }),
    // Its record names another hypervisor: the link counts.
    [`guests/${guest2}/metadata`]: guestRecord({ hypervisor: id('d', 2) }),
    // Its record names this hypervisor, and no link leads to it: it does not count.
    [`guests/${id('c', 6)}/metadata`]: guestRecord({ hypervisor: host }),
    [`guests/${broken}/metadata`]: '{"flavor":1}',
    [`guests/${flavorless}/metadata`]: guestRecord({ flavor: id('f', 9), hypervisor: host }),
    ...link(guest1),
    ...link(guest2),
    ...link(gone),
    ...link(broken),
    ...link(flavorless),
    [`hypervisors/${host}/guests/not-a-uuid`]: 'x',
  });
  expect(await gateway.query(capacity)).toEqual({
    hypervisor: {
      committedResources: { memory: 200, disk: 2000, cpu: 4 },
      freeResources: { memory: 800, disk: 8000, cpu: 8 },
      again: { memory: 200 },
      guests: { totalCount: 3, nodes: [{ id: guest1 }, { id: guest2 }, { id: flavorless }] },
    },
  });
  expect(lines.map(({ key, msg }) => [key, msg])).toEqual([
    [
      `lochness/hypervisors/${host}/guests/${gone}`,
      "A guest link counts nothing as committed: its guest is missing or can't be read",
    ],
    [
      `lochness/hypervisors/${host}/guests/${broken}`,
      "A guest link counts nothing as committed: its guest is missing or can't be read",
    ],
    [
      `lochness/hypervisors/${host}/guests/${flavorless}`,
      `A guest link counts nothing as committed: the flavor ${id('f', 9)} of its guest is missing or can't be read`,
    ],
  ]);
  await gateway.close();
});

it('a guest that is linked in two spellings counts once', async () => {
  const gateway = await openGatewaySchema();
  await gateway.putAll({
    [`flavors/${id('f', 1)}/metadata`]: flavorRecord({ memory: 100 }),
    [`hypervisors/${host}/metadata`]: hypervisorRecord(),
    [`guests/${guest1}/metadata`]: guestRecord({ hypervisor: host }),
    [`hypervisors/${host}/guests/${guest1}`]: guest1,
    [`hypervisors/${host}/guests/${guest1.toUpperCase()}`]: guest1,
  });
  const { hypervisor } = await gateway.query(capacity);
  expect(hypervisor).toMatchObject({ committedResources: { memory: 100 }, guests: { totalCount: 1 } });
  await gateway.close();
});

it('an overcommitted hypervisor whose report has underflowed has nothing free', async () => {
  const gateway = await openGatewaySchema();
  await gateway.putAll({
    [`flavors/${id('f', 1)}/metadata`]: flavorRecord({ memory: 900, disk: 20000, cpu: 64 }),
    [`hypervisors/${host}/metadata`]: hypervisorRecord().replace(
      '"available_resources":{"memory":1000',
      '"available_resources":{"memory":18446744073709550816',
    ),
    [`guests/${guest1}/metadata`]: guestRecord({ hypervisor: host }),
    [`guests/${guest2}/metadata`]: guestRecord({ hypervisor: host }),
    [`hypervisors/${host}/guests/${guest1}`]: guest1,
    [`hypervisors/${host}/guests/${guest2}`]: guest2,
  });
  const { hypervisor } = await gateway.query(
    `{ hypervisor(id: "${host}") { availableResources { memory } freeResources { memory disk cpu } } }`,
  );
  expect(hypervisor).toEqual({
    availableResources: { memory: '18446744073709550816' },
    freeResources: { memory: 0, disk: 0, cpu: 8 },
  });
  await gateway.close();
});
