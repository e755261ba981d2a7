import { createServer } from 'node:http';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { portOf } from '../support/free-port.ts';

export const issuer = 'https://login.example';
export const audience = 'lochness';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

export interface Signer {
  readonly alg: string;
  readonly kid: string;
  readonly jwk: JWK;
  readonly pem: string;
  readonly privateKey: KeyPair['privateKey'];
}

export async function newSigner(alg: string, kid: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, jwk: { ...(await exportJWK(publicKey)), kid, alg }, pem: await exportSPKI(publicKey), privateKey };
}

export interface Claims {
  readonly [name: string]: unknown;
}

/** Good in all respects, but for what is given; undefined leaves a claim out. */
export function sign({ alg, kid, privateKey }: Signer, claims: Claims = {}, header: Claims = {}): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const given = { iss: issuer, aud: audience, sub: 'joe', role: 'operator', exp, ...claims };
  return new SignJWT(given).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
}

export interface KeyServer {
  readonly url: string;
  readonly requestCount: number;
  /** What it answers from now on; null: 500. */
  serve(keys: readonly JWK[] | null): void;
  close(): Promise<void>;
}

/** A key server on a free port. */
export async function startKeyServer(first: readonly JWK[] | null): Promise<KeyServer> {
  let keys = first;
  let requestCount = 0;
  const server = createServer((_, response) => {
    requestCount += 1;
    response.writeHead(keys === null ? 500 : 200, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${portOf(server)}/keys`,
    get requestCount() {
      return requestCount;
    },
    serve: (next) => {
      keys = next;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
