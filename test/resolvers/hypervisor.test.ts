import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewaySchema, openGatewaySchema } from '../support/gateway-schema.ts';
import { hypervisorRecord, id } from '../support/record.ts';

let gateway: GatewaySchema;

const [alive, dead, odd] = [id('d', 1), id('d', 2), id('d', 3)];

beforeAll(async () => {
  gateway = await openGatewaySchema();
  await gateway.putAll({
    [`hypervisors/${alive}/metadata`]: hypervisorRecord(),
    [`hypervisors/${alive}/config/schedulable`]: 'FALSE',
    [`hypervisors/${alive}/config/nested/key`]: 'kept whole',
    [`hypervisors/${alive}/config/config/x`]: 'twice',
    [`hypervisors/${alive}/config/__proto__`]: 'a key like any other',
    [`hypervisors/${alive}/config/empty`]: '',
    [`hypervisors/${alive}/config/ünï`]: 'ödd',
    [`hypervisors/${alive}/configuration`]: 'not ours',
    [`hypervisors/${dead}/metadata`]: hypervisorRecord(),
    [`hypervisors/${dead}/config/schedulable`]: 'false',
    [`hypervisors/${odd}/metadata`]: hypervisorRecord(),
    [`hypervisors/${odd}/heartbeat`]: 'I am fine',
  });
  const beat = { key: `lochness/hypervisors/${alive}/heartbeat`, value: '2026-11-22T23:00:13.5Z', lease: true };
  await gateway.load([beat], 60);
});

afterAll(() => gateway.close());

const heartbeat = 'isAlive heartbeat { value at revision ttlSeconds }';

describe('a heartbeat', () => {
  it('says how long it is good for while it is under a lease', async () => {
    const { hypervisor } = await gateway.query(`{ hypervisor(id: "${alive}") { ${heartbeat} } }`);
    expect(hypervisor).toEqual({
      isAlive: true,
      heartbeat: {
        value: '2026-11-22T23:00:13.5Z',
        at: '2026-11-22T23:00:13.5Z',
        revision: '1002',
        ttlSeconds: expect.any(Number),
      },
    });
    expect(hypervisor.heartbeat.ttlSeconds).toBeGreaterThan(0);
    expect(hypervisor.heartbeat.ttlSeconds).toBeLessThanOrEqual(60);
  });

  it('that is absent means dead, and one that names no time and has no lease means alive', async () => {
    const data = await gateway.query(
      `{ dead: hypervisor(id: "${dead}") { ${heartbeat} } odd: hypervisor(id: "${odd}") { ${heartbeat} } }`,
    );
    expect(data).toEqual({
      dead: { isAlive: false, heartbeat: null },
      odd: { isAlive: true, heartbeat: { value: 'I am fine', at: null, revision: '1001', ttlSeconds: null } },
    });
  });

  it('says nothing of the time left under @at', async () => {
    const data = await gateway.query(`{ hypervisor(id: "${alive}") { heartbeat { revision ttlSeconds } } }`, { at: 1002 });
    expect(data.hypervisor.heartbeat).toEqual({ revision: '1002', ttlSeconds: null });
    expect(await gateway.query(`{ revision hypervisor(id: "${alive}") { isAlive } }`, { at: 1001 })).toEqual({
      revision: '1001',
      hypervisor: { isAlive: false },
    });
  });
});

describe("a hypervisor's config", () => {
  it('has every key below config/, whole and with any text', async () => {
    const { result } = await gateway.run(`{ hypervisor(id: "${alive}") { config } }`);
    expect(JSON.stringify(result.data)).toBe(
      JSON.stringify({ hypervisor: { config: 0 } }).replace(
        '0',
        '{"__proto__":"a key like any other","config/x":"twice","empty":"","nested/key":"kept whole","schedulable":"FALSE","ünï":"ödd"}',
      ),
    );
  });

  it('cordons with schedulable = false, exactly', async () => {
    const { hypervisors } = await gateway.query('{ hypervisors { nodes { id schedulable } } }');
    expect(hypervisors.nodes).toEqual([
      { id: alive, schedulable: true },
      { id: dead, schedulable: false },
      { id: odd, schedulable: true },
    ]);
  });
});
