import { join } from 'node:path';
import { type ServedProcess, serveProcess } from '../served-process.ts';

export type PeerKind = 'apollo' | 'mercurius' | 'mercurius-memory' | 'fixed';

/** A peer in a process of its own, over the same etcd as the gateway. */
export async function servePeer(kind: PeerKind, etcdUrl: string, prefix: string): Promise<ServedProcess> {
  return serveProcess(join(import.meta.dirname, 'serve.js'), [kind, etcdUrl, prefix]);
}
