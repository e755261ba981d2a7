import { type Answer, type Gateway, startGateway } from '../gateway.ts';
import { schema } from '../gateway-schema.ts';
import { openOddCluster } from '../odd-cluster.ts';
import { excerpt, showsInside } from './answer.ts';
import { openCredentials, rightCredentials } from './known-credential.ts';

export interface FuzzedGateway extends Gateway {
  /** What went wrong beside the answers, and was not told before: errors that nobody caught, lines of the log that tell too much. */
  newProblems(): readonly string[];
  /** Closes it, once. */
  close(): Promise<void>;
  /** What it leaves behind once it is closed: sockets, timers, subscribers. */
  remains(): readonly string[];
}

/** Whatever is left under way keeps the gateway from stopping: the test fails then, and nothing is cut. */
const drainTimeoutMs = 600_000;
/** Made up hypervisors have made up addresses. */
const agentTimeoutMs = 100;
const errorLevel = 50;

export interface FuzzedGatewayOptions {
  /** Asks for a credential; `ask` has one. Default: it lets everybody in. */
  readonly isGuarded?: boolean;
}

/** A gateway over an odd cluster, whose crashes are seen. */
export async function openFuzzedGateway({ isGuarded = false }: FuzzedGatewayOptions = {}): Promise<FuzzedGateway> {
  const before = resources();
  const uncaught: string[] = [];
  // A process that is nothing but a gateway has no listeners beside its own: those of the test's runner wait meanwhile.
  const exceptionListeners = process.listeners('uncaughtException');
  const rejectionListeners = process.listeners('unhandledRejection');
  process.removeAllListeners('uncaughtException').removeAllListeners('unhandledRejection');
  const onUncaught = (error: unknown): void => void uncaught.push(error instanceof Error ? String(error.stack) : String(error));
  process.on('uncaughtException', onUncaught);

  const cluster = await openOddCluster({ withCatalog: true });
  const { store, services } = cluster;
  const authenticator = isGuarded ? await openCredentials(cluster, () => new Date()) : null;
  const gateway = await startGateway({
    store,
    schema,
    memory: services.catalog?.memory ?? null,
    agentPort: services.agentPort,
    agentTimeoutMs,
    logLevel: 'debug',
    drainTimeoutMs,
    ...(authenticator === null ? {} : { authenticator }),
  });
  let lines = 0;
  let closing: Promise<void> | null = null;

  async function close(): Promise<void> {
    await gateway.stop();
    await authenticator?.close();
    await cluster.close();
    process.off('uncaughtException', onUncaught);
    for (const listener of exceptionListeners) process.on('uncaughtException', listener);
    for (const listener of rejectionListeners) process.on('unhandledRejection', listener);
  }

  return {
    ...gateway,
    async ask(query, variables) {
      const headers = { authorization: `Bearer ${rightCredentials[0]}` };
      const response = await gateway.post({ query, variables }, isGuarded ? headers : {});
      const answer: Answer = await response.json();
      return answer;
    },
    newProblems() {
      const told = uncaught.splice(0);
      for (; lines < gateway.logLines.length; lines++) {
        const line = gateway.logLines[lines];
        const text = JSON.stringify(line);
        if (line !== undefined && line.level >= errorLevel) told.push(`an error in the log: ${text}`);
        else if (showsInside(text)) told.push(`a line of the log that shows the inside: ${excerpt(text)}`);
      }
      return told;
    },
    close() {
      closing ??= close();
      return closing;
    },
    remains() {
      const { streamCount } = gateway.services.changes;
      return [...(streamCount === 0 ? [] : [`${streamCount} subscribers`]), ...without(resources(), before)];
    },
  };
}

/** What keeps this process awake that a gateway could have begun. */
function resources(): readonly string[] {
  return process.getActiveResourcesInfo().filter((name) => /^(TCP|Timeout)/.test(name));
}

function without(all: readonly string[], some: readonly string[]): readonly string[] {
  const left = [...all];
  for (const one of some) if (left.includes(one)) left.splice(left.indexOf(one), 1);
  return left;
}
