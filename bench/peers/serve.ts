import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openEtcdReader } from './etcd-reader.ts';
import { openEtcdSource } from './etcd-source.ts';
import { openMemorySource } from './memory-source.ts';

// A peer as a process: `serve.js KIND ETCD_URL PREFIX`. Says where it listens as the gateway does, and ends with SIGTERM.

const [kind, etcdUrl = '', prefix = ''] = process.argv.slice(2);

async function start(): Promise<string> {
  const reader = openEtcdReader(etcdUrl, prefix);
  switch (kind) {
    case 'apollo': {
      const { openApolloListener } = await import('./apollo.ts');
      return listen(createServer(await openApolloListener(() => openEtcdSource(reader))));
    }
    case 'mercurius': {
      const { startMercurius } = await import('./mercurius.ts');
      return startMercurius(() => openEtcdSource(reader));
    }
    case 'mercurius-memory': {
      const { startMercurius } = await import('./mercurius.ts');
      const source = await openMemorySource(reader);
      return startMercurius(() => source);
    }
    case 'fixed': {
      const { openFixedListener } = await import('./fixed.ts');
      return listen(createServer(openFixedListener()));
    }
    default:
      throw new Error(`There is no peer ${kind}`);
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`; // it listens at a port
}

process.once('SIGTERM', () => process.exit());
console.log(`listening on ${await start()}`);
