import { expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { silentObserver } from '../../src/observer.ts';
import { openMemoryStore } from '../../src/store/embedded/open.ts';
import { ObservedStore } from '../../src/store/observed-store.ts';
import { tracedObserver } from '../../src/tracing/index.ts';
import { openOtlpTracer } from '../../src/tracing/otlp-tracer.ts';
import { openLifecycle } from '../support/lifecycle.ts';
import { printTree, startCollector } from '../support/otlp-collector.ts';

/** As OTLP has it in a list. */
const text = (stringValue: string) => ({ stringValue });

it('A job is a trace of its own, with what it asks of the store and of the agent, and the mutation that began it names it', async () => {
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const tracer = openOtlpTracer({ endpoint: collector.endpoint, percent: 100, version: '1.2.3', log: silentLog });
  const observer = tracedObserver(silentObserver, tracer);
  const store = new ObservedStore(openMemoryStore({ log: silentLog }), observer.store);
  onTestFinished(() => store.close());
  const lifecycle = await openLifecycle({ store, gateway: { observer, tracer } });
  const { guestId, jobId } = await lifecycle.createGuest();
  await lifecycle.untilEnded(jobId);
  const { first, second } = await lifecycle.query(
    `mutation Twice($id: ID!) { first: fetchImage(guestId: $id) { job { id } } second: fetchImage(guestId: $id) { job { id } } }`,
    { id: guestId },
  );
  await lifecycle.close();
  await tracer.close(5000);

  const job = collector.spans.find(({ name }) => name.startsWith('job '));
  expect(job).toMatchObject({
    parentSpanId: '',
    kind: 1,
    attributes: { 'lochness.job.id': jobId, 'lochness.guest.id': guestId, 'lochness.job.action': 'fetch' },
    status: { code: 0 },
  });
  // From what a client asked for to what became of it.
  const asked = collector.spans.filter(({ kind, attributes }) => kind === 2 && attributes['lochness.job.id'] !== undefined);
  expect(asked).toMatchObject([
    { attributes: { 'graphql.operation.type': 'mutation', 'lochness.job.id': jobId } },
    { name: 'mutation Twice', attributes: { 'lochness.job.id': { values: [first, second].map(({ job }) => text(job.id)) } } },
  ]);
  expect(job?.traceId).not.toBe(asked[0]?.traceId);
  const spans = collector.spans.filter(({ traceId }) => traceId === job?.traceId);
  const tree = new Set(printTree(spans, job?.spanId ?? ''));
  expect([...tree]).toEqual(expect.arrayContaining(['embedded commit', 'POST fetchImage', 'POST createGuest', 'GET getJob']));
});
