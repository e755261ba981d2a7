import { keyRange } from '../src/store/range.ts';
import { answer, type Gateway } from './answer.ts';
import { type Measurement, plain } from './goal.ts';
import { timeTogether } from './measure.ts';
import { serveGateway } from './served-gateway.ts';

/** One guest by id, in this process and the whole way over HTTP from a gateway in another one, beside a bare get. */
export async function measureGuest(gateway: Gateway, etcdUrl: string): Promise<Measurement[]> {
  const { store, keys } = gateway.services;
  const id: string = JSON.parse((await answer(gateway, '{ guests(first: 1) { nodes { id } } }')).text).data.guests.nodes[0].id;
  const query = `{ guest(id: "${id}") { id name state ip hypervisor { name } flavor { name } } }`;
  const { snapshot } = await answer(gateway, query);
  const served = await serveGateway(etcdUrl, ['--no-jobs']);
  try {
    const { inProcess, http, bare } = await timeTogether(300, {
      inProcess: () => answer(gateway, query),
      http: () => post(served.url, query),
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

async function post(url: string, query: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { errors } = await response.json();
  if (errors !== undefined) throw new Error(`The query failed: ${errors[0].message}`);
}
