import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { optionsOf, variableOf } from '../../src/config/index.ts';
import { portOf } from '../support/free-port.ts';
import { ourVariablesIn, projectFile, projectPath } from './deploy-file.ts';

const dockerfile = projectFile('deploy/docker/Dockerfile');
const compose = projectFile('deploy/docker/compose.yml');
const variables = new Set([...optionsOf('serve'), ...optionsOf('simulate')].map(variableOf));

const service = z.looseObject({
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()),
  network_mode: z.string().optional(),
});
const composition = z.looseObject({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.unknown()) });

describe('the Dockerfile', () => {
  it('copies what is there, and what its .dockerignore lets through', () => {
    const letThrough = projectFile('deploy/docker/Dockerfile.dockerignore')
      .match(/^!.*$/gm)
      ?.map((line) => line.slice(1));
    const copies = dockerfile.split('\n').filter((line) => line.startsWith('COPY ') && !line.includes('--from='));
    const sources = copies.flatMap((line) => line.split(' ').slice(1, -1));
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) expect(existsSync(projectPath(source)), source).toBe(true);
    expect(new Set(sources)).toEqual(new Set(letThrough));
  });

  it('runs as somebody who is not root, and gets signals itself', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER node$/m);
    expect(last.indexOf('USER node')).toBeLessThan(last.indexOf('ENTRYPOINT ['));
    expect(last).toContain('HEALTHCHECK');
  });

  it('names variables that the program reads', () => {
    for (const variable of ourVariablesIn(dockerfile)) expect(variables).toContain(variable);
  });
});

describe('the compose file', () => {
  const { services, volumes } = composition.parse(parse(compose, { merge: true }));

  it('has three members of etcd, two gateways that ask all of them who they are, and simulated hypervisors', () => {
    const names = Object.keys(services);
    expect(names.filter((name) => name.startsWith('etcd-'))).toHaveLength(3);
    expect(names.filter((name) => name.startsWith('gateway-'))).toHaveLength(2);
    expect(services.hypervisors?.command?.[0]).toBe('simulate');
    for (const name of ['gateway-1', 'gateway-2']) {
      expect(services[name]).toMatchObject({ network_mode: 'service:hypervisors', environment: { LOCHNESS_AUTH: 'token' } });
      expect(services[name]?.environment.LOCHNESS_ETCD?.split(',')).toEqual([1, 2, 3].map((nth) => `http://etcd-${nth}:2379`));
    }
    expect(Object.keys(volumes)).toEqual(['etcd-1', 'etcd-2', 'etcd-3']);
  });

  it('names variables that the program reads', () => {
    const found = ourVariablesIn(compose);
    expect(found.length).toBeGreaterThan(2);
    for (const variable of found) expect(variables).toContain(variable);
  });
});

describe('the health check of the container', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function listen(server: Server, host = '127.0.0.1'): Promise<string> {
    servers.push(server.listen(0, host));
    await once(server, 'listening');
    return String(portOf(server));
  }
  async function exitCode(environment: Readonly<Record<string, string>>, ...args: string[]): Promise<unknown> {
    const child = spawn(process.execPath, [projectPath('deploy/docker/healthcheck.mjs'), ...args], { env: environment });
    const [code] = await once(child, 'exit');
    return code;
  }
  const answer: RequestListener = ({ url }, response) => response.writeHead(url === '/health' ? 200 : 503).end();

  it('passes for a gateway that is up, and fails for one that is not ready, and where there is none', async () => {
    const server = createServer(answer);
    const LOCHNESS_PORT = await listen(server);
    expect(await exitCode({ LOCHNESS_PORT })).toBe(0);
    expect(await exitCode({ LOCHNESS_PORT }, '/ready')).toBe(1);
    server.close();
    await once(server, 'close');
    expect(await exitCode({ LOCHNESS_PORT })).toBe(1);
  });

  it.each(['127.0.0.2', '0.0.0.0'])('asks where LOCHNESS_HOST says that the gateway listens: %s', async (LOCHNESS_HOST) => {
    const LOCHNESS_PORT = await listen(createServer(answer), LOCHNESS_HOST);
    expect(await exitCode({ LOCHNESS_HOST, LOCHNESS_PORT })).toBe(0);
  });

  it('calls the gateway by a name that it answers to, whatever name it listens by', async () => {
    const hosts: unknown[] = [];
    const server = createServer(({ headers }, response) => {
      hosts.push(headers.host);
      response.end();
    });
    expect(await exitCode({ LOCHNESS_HOST: 'localhost', LOCHNESS_PORT: await listen(server, 'localhost') })).toBe(0);
    expect(hosts).toEqual(['localhost']);
  });

  it('is told where to ask by the environment alone, which the Dockerfile says', () => {
    const read = ourVariablesIn(projectFile('deploy/docker/healthcheck.mjs'));
    expect(new Set(read)).toEqual(new Set(['LOCHNESS_HOST', 'LOCHNESS_PORT', 'LOCHNESS_TLS_CERT']));
    for (const variable of read) expect(variables).toContain(variable);
    for (const variable of read) expect(dockerfile.slice(0, dockerfile.indexOf('FROM '))).toContain(variable);
  });

  it('asks by HTTPS where the gateway has a certificate', async () => {
    const [cert, key] = ['cert.pem', 'key.pem'].map((name) => projectFile(`test/fixtures/tls/${name}`));
    const LOCHNESS_PORT = await listen(createTlsServer({ cert, key }, answer));
    expect(await exitCode({ LOCHNESS_PORT, LOCHNESS_TLS_CERT: 'cert.pem' })).toBe(0);
    expect(await exitCode({ LOCHNESS_PORT })).toBe(1);
  });
});
