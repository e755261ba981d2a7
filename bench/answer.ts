import { execute, type GraphQLSchema, parse } from 'graphql';
import { everybody } from '../src/auth/index.ts';
import { type Context, createContext, openServices, type Services } from '../src/context.ts';
import { silentLog } from '../src/log.ts';
import { buildSchema } from '../src/schema/index.ts';
import { openLoaders } from '../src/store/loaders.ts';
import type { Snapshot } from '../src/store/snapshot.ts';
import { prefix, type Sample } from './sample.ts';

export interface Gateway {
  readonly schema: GraphQLSchema;
  readonly services: Services;
}

/** In this process, and without a replica: it reads etcd itself. */
export function openDirectGateway({ store }: Sample): Gateway {
  return { schema: buildSchema(), services: openServices({ store, prefix, log: silentLog }) };
}

export interface Answer {
  readonly text: string;
  readonly snapshot: Snapshot;
}

/** An operation from the document to the JSON text, as the server runs it but for HTTP. Fails when the answer has an error. */
export async function answer({ schema, services }: Gateway, source: string, snapshot?: Snapshot): Promise<Answer> {
  const contextValue = snapshot === undefined ? freshContext(services) : contextOver(services, snapshot);
  const result = await execute({ schema, document: parse(source), contextValue });
  if (result.errors !== undefined) throw new Error(`The query failed: ${result.errors[0]?.message}`);
  return { text: JSON.stringify(result), snapshot: contextValue.snapshot };
}

function freshContext(services: Services): Context {
  return createContext(services, { signal: new AbortController().signal, viewer: everybody });
}

function contextOver(services: Services, snapshot: Snapshot): Context {
  const loaders = openLoaders({ snapshot, keys: services.keys });
  return { ...freshContext(services), snapshot, loaders };
}
