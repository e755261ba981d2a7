import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { audience, issuer, newSigner, sign } from '../auth/jwt-keys.ts';
import { startEtcd } from '../support/etcd.ts';
import { enableAuthentication } from '../support/etcd-user.ts';
import { startCollector } from '../support/otlp-collector.ts';
import { openTemporaryDirectory } from '../support/temporary-directory.ts';
import { tlsAuthorities as ca, tlsPath, tlsText } from '../support/tls-fixture.ts';
import { openSocketClient } from '../support/ws-client.ts';
import { run, startGateway } from './program.ts';

const user = { user: 'gateway', password: 'swordfish-of-etcd', prefix: 'lochness/' };
const ofCollector = 'swordfish-of-the-collector';
const ofPage = 'swordfish-of-a-page';

/** Each line of the key would be as bad as all of it, and so would the claims of a JWT, or its signature. */
const keyLines = tlsText('key.pem')
  .split('\n')
  .filter((line) => line.length > 20 && !line.startsWith('-'));
const partsOf = (credential: string): readonly string[] => [credential, ...credential.split('.').slice(1)];

/** Status and body, from a gateway behind TLS. */
async function post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const sent = request(url, { method: 'POST', ca, headers: { 'content-type': 'application/json', ...headers } });
  sent.end(body);
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (response === undefined) throw new Error('There is no answer');
  return `${response.statusCode} ${JSON.stringify(response.rawHeaders)} ${await text(response)}`;
}

it('no secret that the program has, makes or is shown is in its log, its output, its answers, metrics or traces', async () => {
  const folder = await openTemporaryDirectory();
  onTestFinished(folder.remove);
  const etcd = await startEtcd();
  onTestFinished(() => etcd.close());
  await enableAuthentication(etcd.url, user);
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const signer = await newSigner('ES256', 'one');
  await writeFile(join(folder.path, 'password'), `${user.password}\n`);
  await writeFile(join(folder.path, 'jwt.pem'), signer.pem);
  const store = ['--etcd', etcd.url, '--etcd-user', user.user, '--etcd-password-file', join(folder.path, 'password')];
  const loud = ['--log-level', 'trace'];
  const told: string[] = [];

  const wish = ['token', 'create', '--name', 'me', '--role', 'viewer'];
  const made = await run([...wish, ...store, ...loud]);
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^lgw_\S{43}\n$/) });
  const token = made.stdout.trim();
  told.push(made.stderr);

  const jwt = ['--jwt-issuer', issuer, '--jwt-audience', audience, '--jwt-key-file', join(folder.path, 'jwt.pem')];
  const tls = ['--tls-cert', tlsPath('cert.pem'), '--tls-key', tlsPath('key.pem')];
  const observed = ['--otlp-endpoint', collector.endpoint, '--metrics-port', '0', '--debug-extensions'];
  const { url, program } = await startGateway(
    ['serve', '--auth', 'token,jwt', '--no-jobs', ...jwt, ...tls, ...observed, ...store, ...loud],
    { env: { OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${ofCollector}`, OTEL_LOG_LEVEL: 'all' } },
  );
  const [, metricsUrl = ''] = await program.untilSaid(/"metrics":"([^"]+)"/, 'stderr');

  const exp = Math.floor(Date.now() / 1000) + 60;
  const credentials = [token, await sign(signer, { exp }), await sign(signer, { exp: 1 }), `${token.slice(0, -4)}AAAA`];
  const statuses: string[] = [];
  for (const credential of credentials) {
    const authorization = `Bearer ${credential}`;
    const cookie = `session=${ofPage}`;
    for (const body of [
      '{"query":"query Look { guests { totalCount } cluster { store { healthy } } }"}',
      '{"query":"{ nothing }"}',
      '{',
    ]) {
      const answer = await post(url, body, { authorization, cookie });
      statuses.push(answer.slice(0, 3));
      told.push(answer);
    }
    const connectionParams = { authorization, apiKey: ofPage };
    const socket = await openSocketClient(url, { ca, connectionParams, headers: { authorization, cookie } }).catch((farewell) => {
      told.push(String(farewell.reason));
      return null;
    });
    if (socket !== null) told.push(JSON.stringify(await socket.ask('{ revision nothing }')));
    await socket?.client.dispose();
  }
  expect(statuses.filter((status) => status === '401')).toHaveLength(6);
  told.push(await (await fetch(metricsUrl)).text());
  // What a collector answers that takes no such header.
  collector.answer(401);
  await post(url, '{"query":"{ revision }"}', { authorization: `Bearer ${token}` });
  const { code, stdout, stderr } = await program.end('SIGTERM');
  expect(code).toBe(0);
  told.push(stdout, stderr, ...collector.texts);

  // It had all of them, and told of what they were for.
  expect(collector.headers[0]?.authorization).toBe(`Bearer ${ofCollector}`);
  expect(collector.texts.join('\n')).toContain('query Look');
  expect(stderr).toMatch(/"caller refused"/);
  const all = told.join('\n');
  for (const part of [...credentials.flatMap(partsOf), ...keyLines]) expect(all).not.toContain(part);
  expect(all).not.toContain('swordfish');
});
