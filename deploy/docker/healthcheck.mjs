// Exits with 0 when the gateway in this container is up. With an argument it asks for that path instead: `healthcheck.mjs /ready`.
import { get as getByHttp } from 'node:http';
import { get as getByHttps } from 'node:https';

// It knows the environment and nothing else: flags, as in `serve --port 5000`, it does not see.
const { LOCHNESS_HOST: listensOn = '', LOCHNESS_PORT: port = '4000', LOCHNESS_TLS_CERT: certificate = '' } = process.env;
/** Where one is asked that listens to all addresses. */
const loopbacks = { '': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '::1' };
const host = loopbacks[listensOn] ?? listensOn;
const path = process.argv[2] ?? '/health';
const timeoutMs = 4000;

const isEncrypted = certificate !== '';
const get = isEncrypted ? getByHttps : getByHttp;
// Without credentials a gateway answers to few names: this is one of them.
const headers = { host: 'localhost' };
// The certificate names the gateway's public name, and this asks for an address of the container.
const options = { host, port, path, headers, timeout: timeoutMs, ...(isEncrypted ? { rejectUnauthorized: false } : {}) };

const request = get(options, (response) => {
  response.resume();
  process.exitCode = response.statusCode === 200 ? 0 : 1;
});
request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
request.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
