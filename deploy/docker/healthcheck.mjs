// Exits with 0 when the gateway in this container is up. With an argument it asks for that path instead: `healthcheck.mjs /ready`.
import { get as getByHttp } from 'node:http';
import { get as getByHttps } from 'node:https';

const { LOCHNESS_PORT: port = '4000', LOCHNESS_TLS_CERT: certificate = '' } = process.env;
const path = process.argv[2] ?? '/health';
const timeoutMs = 4000;

const isEncrypted = certificate !== '';
const get = isEncrypted ? getByHttps : getByHttp;
// The certificate names the gateway's public name, and this asks for the loopback address.
const options = { host: '127.0.0.1', port, path, timeout: timeoutMs, ...(isEncrypted ? { rejectUnauthorized: false } : {}) };

const request = get(options, (response) => {
  response.resume();
  process.exitCode = response.statusCode === 200 ? 0 : 1;
});
request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
request.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
