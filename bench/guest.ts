import { keyRange } from '../src/store/range.ts';
import { answer, openDirectGateway } from './answer.ts';
import { ask, bodyOf } from './ask.ts';
import { type Measurement, plain } from './goal.ts';
import { timeTogether } from './measure.ts';
import type { Samples } from './sample.ts';
import { serveGateway } from './served-gateway.ts';

/** One guest by id, in this process and the whole way over HTTP from a gateway in another one, beside a bare get. */
export async function measureGuest(samples: Samples): Promise<Measurement[]> {
  const sample = await samples.of(10_000);
  const gateway = openDirectGateway(sample);
  const { store, keys } = gateway.services;
  const id: string = JSON.parse((await answer(gateway, '{ guests(first: 1) { nodes { id } } }')).text).data.guests.nodes[0].id;
  const query = `{ guest(id: "${id}") { id name state ip hypervisor { name } flavor { name } } }`;
  const { snapshot } = await answer(gateway, query);
  const served = await serveGateway(sample.url, ['--no-jobs']);
  try {
    const { inProcess, http, bare } = await timeTogether(300, {
      inProcess: () => answer(gateway, query),
      http: () => ask(served.url, bodyOf(query, {})),
      bare: () => store.read({ ranges: [keyRange(keys.record('GUEST', id))] }),
    });
    return [
      plain('guest: waves', snapshot.cost.waves, 'waves'),
      plain('guest: gateway', inProcess.medianMs, 'ms'),
      plain('guest: over HTTP', http.medianMs, 'ms'),
      plain('guest: bare get of its record', bare.medianMs, 'ms'),
    ];
  } finally {
    await served.stop();
  }
}
