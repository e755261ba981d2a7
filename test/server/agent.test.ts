import type { ServerResponse } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { keyFromText } from '../../src/store/range.ts';
import { startGateway } from '../support/gateway.ts';
import { schema } from '../support/gateway-schema.ts';
import { guestRecord, hypervisorRecord, id } from '../support/record.ts';
import { startScriptedAgent } from '../support/scripted-agent.ts';

const guest = id('c', 1);
const hypervisor = id('d', 1);

it('A gateway that stops lets a query end that waits for an agent', async () => {
  const waiting: ServerResponse[] = [];
  const agent = await startScriptedAgent((response) => waiting.push(response), { hypervisorId: hypervisor });
  onTestFinished(() => agent.close());
  const store = openMemoryStore({ log: silentLog });
  onTestFinished(() => store.close());
  const entries = {
    [`guests/${guest}/metadata`]: guestRecord({ hypervisor }),
    [`hypervisors/${hypervisor}/metadata`]: hypervisorRecord({ ip: '127.0.0.1' }),
    [`hypervisors/${hypervisor}/config/agentPort`]: String(agent.port),
  };
  await store.commit({
    compares: [],
    writes: Object.entries(entries).map(([key, value]) => ({
      type: 'put',
      key: keyFromText(`lochness/${key}`),
      value: Buffer.from(value),
    })),
  });
  const gateway = await startGateway({ store, schema });
  const answer = gateway.ask(`{ guest(id: "${guest}") { agent { state } } }`);
  await agent.seen(1);
  const stopped = gateway.stop();
  for (const response of waiting) response.end(JSON.stringify([{ id: guest, state: 'running' }]));
  expect(await answer).toMatchObject({ data: { guest: { agent: { state: 'running' } } } });
  await stopped;
});
