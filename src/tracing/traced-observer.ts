import type { AgentCall, AgentOutcome, ObservedCall, Observer, StoreOutcome, StoreRequest } from '../observer.ts';
import type { ChildSpan, Tracer } from './tracer.ts';

const storeCodes: Readonly<Record<StoreOutcome, string | null>> = {
  ok: null,
  // Others were faster: that is told, and nothing failed.
  refused: null,
  compacted: 'REVISION_COMPACTED',
  unavailable: 'STORE_UNAVAILABLE',
  unknown: 'OUTCOME_UNKNOWN',
  aborted: 'ABORTED',
  error: 'OTHER',
};

const agentCodes: Readonly<Record<AgentOutcome, string | null>> = {
  ok: null,
  unreachable: 'AGENT_UNREACHABLE',
  error: 'AGENT_ERROR',
  aborted: 'ABORTED',
};

/** Tells another observer, and makes a span of each request that is sent because of what is traced. */
export function tracedObserver(observer: Observer, tracer: Tracer): Observer {
  return {
    ...observer,
    store: {
      begin(request, storeKind) {
        const end = observer.store.begin(request, storeKind);
        const span = tracer.begin({
          name: `${storeKind} ${request}`,
          kind: 'client',
          attributes: storeAttributes(request, storeKind),
        });
        if (span === null) return end;
        return (outcome) => {
          if (outcome === 'refused') span.add({ 'lochness.commit.refused': true });
          finish(span, storeCodes[outcome]);
          end(outcome);
        };
      },
    },
    replica: {
      ...observer.replica,
      beginProof() {
        const end = observer.replica.beginProof();
        const span = tracer.begin({ name: 'prove that the replica is fresh', kind: 'internal' });
        if (span === null) return end;
        return () => {
          span.end();
          end();
        };
      },
    },
    agents: {
      begin(call): ObservedCall {
        const observed = observer.agents.begin(call);
        const span = tracer.begin({ name: `${call.method} ${call.name}`, kind: 'client', attributes: agentAttributes(call) });
        if (span === null) return observed;
        return {
          headers: { ...observed.headers, traceparent: span.traceparent },
          end(outcome) {
            finish(span, agentCodes[outcome]);
            observed.end(outcome);
          },
        };
      },
    },
  };
}

function finish(span: ChildSpan, code: string | null): void {
  if (code !== null) span.fail(code);
  span.end();
}

function storeAttributes(request: StoreRequest, storeKind: string) {
  return { 'db.system': storeKind, 'db.system.name': storeKind, 'db.operation.name': request };
}

function agentAttributes({ name, method, hypervisorId, origin }: AgentCall) {
  const { hostname, port } = new URL(origin);
  return {
    'http.request.method': method,
    'server.address': hostname,
    'server.port': Number(port === '' ? 80 : port),
    'lochness.agent.call': name,
    'lochness.hypervisor.id': hypervisorId,
  };
}
