import type { ServerOptions as HttpOptions, Server } from 'node:http';
import { createServer } from 'node:https';
import type { Logger } from '../../log.ts';
import { type ReadKeyPair, readKeyPair, type TlsFiles } from './certificate-file.ts';
import { type CertificateWatch, watchCertificate } from './certificate-watch.ts';

export interface TlsOptions extends TlsFiles {
  /** Between two looks whether the files have changed. Default: 2 s. */
  readonly checkIntervalMs?: number;
}

export interface TlsServer {
  readonly server: Server;
  readonly watch: CertificateWatch;
}

const defaultCheckIntervalMs = 2000;
/** For a client to finish its handshake. It costs a connection until then. */
const handshakeTimeoutMs = 10_000;

/** An HTTP server behind TLS. New connections get the certificate that is in the files now; old ones go on with theirs. */
export function openTlsServer(tls: TlsOptions, { log, ...options }: HttpOptions & { readonly log: Logger }): TlsServer {
  const pair = readKeyPair(tls);
  // HTTP/1.1 alone is spoken, and said so: a client need not find out.
  const limits = { handshakeTimeout: handshakeTimeoutMs, ALPNProtocols: ['http/1.1'] };
  const server = createServer({ ...options, ...limits, ...contextOf(pair) });
  server.on('tlsClientError', (error) => log.debug({ err: error }, 'TLS handshake failed'));
  if (pair.expiresAt.getTime() < Date.now()) log.warn({ expiresAt: pair.expiresAt }, 'the certificate has expired');
  const watch = watchCertificate({
    files: tls,
    inForce: pair,
    onChange: (changed) => server.setSecureContext(contextOf(changed)),
    log,
    intervalMs: tls.checkIntervalMs ?? defaultCheckIntervalMs,
  });
  return { server, watch };
}

/** All of it each time: what is left out of `setSecureContext` falls back to the default. */
function contextOf({ cert, key }: ReadKeyPair) {
  return { cert, key, minVersion: 'TLSv1.2' } as const;
}
