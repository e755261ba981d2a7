import { expect, it, onTestFinished } from 'vitest';
import type { AgentClient, Sending } from '../../src/agent/index.ts';
import { openLifecycle } from '../support/lifecycle.ts';

it('what makes an agent do something may be sent as long as the claim of its job holds', async () => {
  const cluster = await openLifecycle({ hypervisorCount: 1, jobs: null });
  onTestFinished(() => cluster.close());
  const { services } = cluster.gateway;
  const seen: Sending[] = [];
  const note = (sending: Sending = {}): Sending => {
    seen.push(sending);
    return sending;
  };
  const agents: AgentClient = {
    ...services.agents,
    createGuest: (agent, guest, sending) => services.agents.createGuest(agent, guest, note(sending)),
    startAction: (agent, guestId, action, sending) => services.agents.startAction(agent, guestId, action, note(sending)),
    fetchImage: (agent, image, sending) => services.agents.fetchImage(agent, image, note(sending)),
  };
  const jobs = cluster.startJobs({ services: { ...services, agents } });
  const guestId = await cluster.createdGuest();
  for (const jobId of [await cluster.act(guestId, 'SHUTDOWN'), await cluster.deleteGuest(guestId)])
    await cluster.untilEnded(jobId);
  const mayBeSent = () => seen.map((sending) => sending.mayBeSent?.());
  expect(mayBeSent()).toEqual([true, true, true, true]);
  await jobs.close();
  expect(mayBeSent()).toEqual([false, false, false, false]);
});
