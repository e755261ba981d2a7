import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandOptions } from '../src/config/command-option.ts';
import {
  type CommandName,
  configurationTable,
  flagOf,
  isRefused,
  type OptionName,
  optionsOf,
  optionText,
  readDemoConfig,
  readExportConfig,
  readImportConfig,
  readServeConfig,
  readSimulateConfig,
  readTokenConfig,
  readTokenCreateConfig,
  type Source,
  UsageError,
  variableOf,
} from '../src/config/index.ts';
import { logLevels } from '../src/log.ts';
import { tlsPath, tlsText } from './support/tls-fixture.ts';

type Texts = Partial<Record<OptionName, string>>;

const readers: Readonly<Record<Exclude<CommandName, 'schema'>, (source: Source) => object>> = {
  serve: readServeConfig,
  demo: readDemoConfig,
  simulate: readSimulateConfig,
  import: readImportConfig,
  export: readExportConfig,
  'token create': (source) => readTokenCreateConfig({ ...source, environment: withToken(source.environment) }),
  'token list': (source) => readTokenConfig('token list', source),
  'token revoke': (source) => readTokenConfig('token revoke', source),
};

/** What a token can't be made without. */
function withToken(environment: Source['environment'] = {}) {
  const given = Object.entries(environment).filter(([, text]) => text !== '');
  return { LOCHNESS_NAME: 'ci', LOCHNESS_ROLE: 'viewer', ...Object.fromEntries(given) };
}

const commands = ['serve', 'demo', 'simulate', 'import', 'export', 'token create', 'token list', 'token revoke'] as const;
const hypervisorId = '5058f1c0-086d-429d-9ee5-d2309b95e4b0';

const certificate = tlsText('cert.pem');
const privateKey = tlsText('key.pem');
let folder = '';
let files: { password: string; certificate: string; key: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lochness-config-'));
  files = { password: join(folder, 'password'), certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  await writeFile(files.password, 's3cret with spaces \n');
  await writeFile(files.certificate, certificate);
  await writeFile(files.key, privateKey);
});

afterAll(() => rm(folder, { recursive: true }));

function namesIn(texts: Texts): readonly OptionName[] {
  return [...new Set(commands.flatMap((command) => optionsOf(command)))].filter((name) => texts[name] !== undefined);
}

function environmentOf(texts: Texts): Record<string, string | undefined> {
  return Object.fromEntries(namesIn(texts).map((name) => [variableOf(name), texts[name]]));
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
  return [];
}

function serveProblems(flags: Texts, environment: Texts = {}): readonly string[] {
  return problemsOf(() => readServeConfig({ flags, environment: environmentOf(environment) }));
}

/** For each option: what to give (with what it can't be without), and what it must make of the configuration. */
function walk(): Readonly<Record<OptionName, { readonly texts: Texts; readonly becomes: object }>> {
  const etcd = { kind: 'etcd', endpoints: ['https://h1:2379'], login: null, ca: null, certificate: null };
  const tls = { etcd: 'https://h1', etcdCert: files.certificate, etcdKey: files.key };
  const login = { etcd: 'https://h1', etcdUser: 'joe', etcdPasswordFile: files.password };
  const loggedIn = { store: { ...etcd, login: { user: 'joe', password: 's3cret with spaces ' } } };
  const jwt = {
    auth: 'jwt',
    jwtIssuer: 'https://login.example',
    jwtAudience: 'lochness',
    jwtJwksUrl: 'https://login.example/keys',
  };
  const https = { tlsCert: files.certificate, tlsKey: files.key };
  const certified = { store: { ...etcd, certificate: { cert: certificate, key: privateKey } } };
  return {
    host: { texts: { host: '::1' }, becomes: { host: '::1' } },
    port: { texts: { port: '0' }, becomes: { port: 0 } },
    etcd: {
      texts: { etcd: 'http://h1, http://[::1]:80/,http://h3:1234' },
      becomes: { store: { ...etcd, endpoints: ['http://h1:2379', 'http://[::1]:80', 'http://h3:1234'] } },
    },
    dataDir: { texts: { dataDir: 'some/where' }, becomes: { store: { kind: 'data-dir', dataDir: resolve('some/where') } } },
    memory: { texts: { memory: 'true' }, becomes: { store: { kind: 'memory' } } },
    prefix: { texts: { prefix: '/lochness/' }, becomes: { prefix: '/lochness/' } },
    etcdUser: { texts: login, becomes: loggedIn },
    etcdPasswordFile: { texts: login, becomes: loggedIn },
    etcdCa: { texts: { etcd: 'https://h1', etcdCa: files.certificate }, becomes: { store: { ...etcd, ca: certificate } } },
    etcdCert: { texts: tls, becomes: certified },
    etcdKey: { texts: tls, becomes: certified },
    logLevel: { texts: { logLevel: 'debug' }, becomes: { logLevel: 'debug' } },
    debugExtensions: { texts: { debugExtensions: 'true' }, becomes: { debugExtensions: true } },
    reads: { texts: { reads: 'direct' }, becomes: { reads: 'direct' } },
    readTimeoutMs: { texts: { readTimeoutMs: '250' }, becomes: { readTimeoutMs: 250 } },
    noJit: { texts: { noJit: 'true' }, becomes: { jit: false } },
    corsOrigin: {
      texts: { corsOrigin: 'https://a.example,http://localhost:5173/' },
      becomes: { corsOrigins: ['https://a.example', 'http://localhost:5173'] },
    },
    bodyLimitBytes: { texts: { bodyLimitBytes: '2048' }, becomes: { limits: { bodyBytes: 2048 } } },
    auth: { texts: { auth: 'token' }, becomes: { access: { credentials: ['token'] } } },
    insecureNoAuth: { texts: { host: '0.0.0.0', insecureNoAuth: 'true' }, becomes: { host: '0.0.0.0' } },
    allowedHost: { texts: { allowedHost: 'a.example, B' }, becomes: { access: { allowedHosts: ['a.example', 'b'] } } },
    jwtIssuer: { texts: jwt, becomes: { access: { jwt: { issuer: 'https://login.example' } } } },
    jwtAudience: { texts: jwt, becomes: { access: { jwt: { audience: 'lochness' } } } },
    jwtJwksUrl: { texts: jwt, becomes: { access: { jwt: { keys: { jwksUrl: 'https://login.example/keys' } } } } },
    jwtKeyFile: {
      texts: { auth: 'jwt', jwtIssuer: 'https://login.example', jwtAudience: 'lochness', jwtKeyFile: files.certificate },
      becomes: { access: { jwt: { keys: { path: files.certificate, text: certificate } } } },
    },
    jwtRoleClaim: { texts: { ...jwt, jwtRoleClaim: 'realm.role' }, becomes: { access: { jwt: { roleClaim: 'realm.role' } } } },
    jwtRoleMap: {
      texts: { ...jwt, jwtRoleMap: 'ops=operator,a=b=viewer' },
      becomes: {
        access: {
          jwt: {
            roleMap: [
              { value: 'ops', role: 'operator' },
              { value: 'a=b', role: 'viewer' },
            ],
          },
        },
      },
    },
    jwtHypervisorClaim: {
      texts: { ...jwt, jwtHypervisorClaim: 'machine' },
      becomes: { access: { jwt: { hypervisorClaim: 'machine' } } },
    },
    tlsCert: { texts: https, becomes: { tls: { certificatePath: files.certificate } } },
    tlsKey: { texts: https, becomes: { tls: { keyPath: files.key } } },
    persistedOperations: { texts: { persistedOperations: 'some' }, becomes: { persistedOperations: resolve('some') } },
    documentLimitBytes: { texts: { documentLimitBytes: '300' }, becomes: { limits: { documentBytes: 300 } } },
    documentTokenLimit: { texts: { documentTokenLimit: '10' }, becomes: { limits: { documentTokens: 10 } } },
    depthLimit: { texts: { depthLimit: '3' }, becomes: { limits: { depth: 3 } } },
    aliasLimit: { texts: { aliasLimit: '0' }, becomes: { limits: { aliases: 0 } } },
    costLimit: { texts: { costLimit: '9' }, becomes: { limits: { cost: 9 } } },
    batchLimit: { texts: { batchLimit: '0' }, becomes: { limits: { batch: 0 } } },
    messageLimitBytes: { texts: { messageLimitBytes: '1024' }, becomes: { limits: { messageBytes: 1024 } } },
    socketOperationLimit: { texts: { socketOperationLimit: '5' }, becomes: { limits: { socketOperations: 5 } } },
    socketLimit: { texts: { socketLimit: '5' }, becomes: { limits: { sockets: 5 } } },
    connectionLimit: { texts: { connectionLimit: '5' }, becomes: { limits: { connections: 5 } } },
    requestTimeoutSeconds: { texts: { requestTimeoutSeconds: '5' }, becomes: { limits: { requestTimeoutMs: 5000 } } },
    requestsPerSecond: { texts: { requestsPerSecond: '0' }, becomes: { limits: { requestsPerSecond: 0 } } },
    requestBurst: { texts: { requestBurst: '1' }, becomes: { limits: { requestBurst: 1 } } },
    metricsPort: { texts: { metricsPort: '9464' }, becomes: { metrics: { host: '127.0.0.1', port: 9464 } } },
    metricsHost: {
      texts: { metricsPort: '9464', metricsHost: '10.0.0.1' },
      becomes: { metrics: { host: '10.0.0.1', port: 9464 } },
    },
    otlpEndpoint: {
      texts: { otlpEndpoint: 'http://127.0.0.1:4318' },
      becomes: { tracing: { endpoint: 'http://127.0.0.1:4318/', percent: 100 } },
    },
    tracePercent: {
      texts: { otlpEndpoint: 'http://127.0.0.1:4318', tracePercent: '5' },
      becomes: { tracing: { percent: 5 } },
    },
    eventQueueLimit: { texts: { eventQueueLimit: '7' }, becomes: { eventQueueLimit: 7 } },
    drainTimeoutSeconds: { texts: { drainTimeoutSeconds: '3' }, becomes: { drainTimeoutMs: 3000 } },
    agentPort: { texts: { agentPort: '8081' }, becomes: { agentPort: 8081 } },
    agentTimeoutMs: { texts: { agentTimeoutMs: '250' }, becomes: { agentTimeoutMs: 250 } },
    noJobs: { texts: { noJobs: 'true' }, becomes: { jobs: null } },
    jobsConcurrency: { texts: { jobsConcurrency: '1' }, becomes: { jobs: { concurrency: 1 } } },
    jobTimeoutSeconds: { texts: { jobTimeoutSeconds: '60' }, becomes: { jobs: { timeoutSeconds: 60 } } },
    jobsKeepDays: { texts: { jobsKeepDays: '0' }, becomes: { jobs: { keepDays: 0 } } },
    stateSyncSeconds: { texts: { stateSyncSeconds: '0' }, becomes: { jobs: { stateSyncSeconds: 0 } } },
    quiet: { texts: { quiet: 'true' }, becomes: { isQuiet: true } },
    hypervisors: { texts: { hypervisors: '1000' }, becomes: { hypervisorCount: 1000 } },
    guests: { texts: { guests: '0' }, becomes: { guestCount: 0 } },
    merge: { texts: { merge: 'true' }, becomes: { onExisting: 'merge' } },
    replace: { texts: { replace: 'true' }, becomes: { onExisting: 'replace' } },
    leaseSeconds: { texts: { leaseSeconds: '1' }, becomes: { leaseSeconds: 1 } },
    name: { texts: { name: 'Größe 1' }, becomes: { name: 'Größe 1' } },
    role: { texts: { role: 'admin' }, becomes: { role: 'admin', hypervisorId: null } },
    hypervisor: {
      texts: { role: 'agent', hypervisor: hypervisorId.toUpperCase() },
      becomes: { role: 'agent', hypervisorId },
    },
    expiresDays: { texts: { expiresDays: '3650' }, becomes: { expiresDays: 3650 } },
  };
}

const everyOption = commands.flatMap((command) =>
  optionsOf(command)
    .filter((name) => !isRefused(command, name))
    .map((name) => ({ command, name, flag: flagOf(name), variable: variableOf(name) })),
);

describe('an option', () => {
  it.each(everyOption)('$flag of $command can be given as a flag', ({ command, name }) => {
    const { texts, becomes } = walk()[name];
    expect(readers[command]({ flags: texts, environment: {} })).toMatchObject(becomes);
  });

  it.each(everyOption)('$flag of $command can be given as $variable', ({ command, name }) => {
    const { texts, becomes } = walk()[name];
    expect(readers[command]({ flags: {}, environment: environmentOf(texts) })).toMatchObject(becomes);
  });

  it.each(everyOption)('$flag of $command wins over the environment', ({ command, name }) => {
    const { texts, becomes } = walk()[name];
    // A file that is not there: reading it would fail.
    const overruled = Object.fromEntries(namesIn(texts).map((given) => [variableOf(given), 'nonsense']));
    expect(readers[command]({ flags: texts, environment: overruled })).toMatchObject(becomes);
  });

  it.each(everyOption.filter(({ name }) => optionText(name).argument !== null))(
    '$flag of $command is not given by an empty $variable',
    ({ command, variable }) => {
      expect(readers[command]({ flags: {}, environment: { [variable]: '' } })).toEqual(
        readers[command]({ flags: {}, environment: {} }),
      );
    },
  );

  it('has a description, and one name in each place', () => {
    const names = new Set(everyOption.map(({ name }) => name));
    expect(names.size).toBe(Object.keys(walk()).length);
    for (const name of names) expect(optionText(name).description).not.toBe('');
    expect(new Set([...names].map((name) => optionText(name).description)).size).toBe(names.size);
    expect(flagOf('etcdPasswordFile')).toBe('--etcd-password-file');
    expect(variableOf('etcdPasswordFile')).toBe('LOCHNESS_ETCD_PASSWORD_FILE');
  });
});

describe('without any option', () => {
  it('a gateway serves ./data on loopback port 4000', () => {
    expect(readServeConfig({ flags: {}, environment: {} })).toEqual({
      host: '127.0.0.1',
      port: 4000,
      store: { kind: 'data-dir', dataDir: resolve('data') },
      prefix: 'lochness/',
      logLevel: 'info',
      debugExtensions: false,
      reads: 'replica',
      readTimeoutMs: 500,
      jit: true,
      corsOrigins: [],
      access: { credentials: [], jwt: null, allowedHosts: [] },
      tls: null,
      persistedOperations: null,
      limits: {
        documentBytes: 128 * 1024,
        documentTokens: 10_000,
        depth: 20,
        aliases: 200,
        cost: 500_000,
        batch: 10,
        bodyBytes: 1024 * 1024,
        messageBytes: 1024 * 1024,
        socketOperations: 100,
        sockets: 1000,
        connections: 10_000,
        requestTimeoutMs: 30_000,
        requestsPerSecond: 1000,
        requestBurst: 5000,
      },
      metrics: null,
      tracing: null,
      eventQueueLimit: 1000,
      drainTimeoutMs: 10_000,
      agentPort: 8080,
      agentTimeoutMs: 15_000,
      jobs: { concurrency: 32, timeoutSeconds: 600, keepDays: 7, stateSyncSeconds: 10 },
      warnings: [],
    });
  });

  it('a demo is in memory, with 6 hypervisors and 40 guests, and logs warnings only', () => {
    const config = readDemoConfig({ flags: {}, environment: {} });
    expect(config).toMatchObject({ store: { kind: 'memory' }, hypervisorCount: 6, guestCount: 40, logLevel: 'warn' });
    expect(config).toMatchObject({ isQuiet: false, agentPort: 8080 });
  });

  it('a simulation is of 6 hypervisors for the gateway of ./data', () => {
    const config = readSimulateConfig({ flags: {}, environment: {} });
    expect(config).toEqual({
      store: { kind: 'data-dir', dataDir: resolve('data') },
      prefix: 'lochness/',
      logLevel: 'info',
      hypervisorCount: 6,
      agentPort: 8080,
      warnings: [],
    });
  });

  it('an import refuses what is there and grants leases of two minutes', () => {
    const config = readImportConfig({ flags: {}, environment: {} });
    expect(config).toMatchObject({
      onExisting: 'refuse',
      leaseSeconds: 120,
      store: { kind: 'data-dir', dataDir: resolve('data') },
    });
  });
});

const behind = 'all clients come through a proxy that does TLS';

describe('a configuration', () => {
  it('is frozen to its leaves', () => {
    const config = readServeConfig({ flags: { etcd: 'http://h1', corsOrigin: 'http://a' }, environment: {} });
    for (const part of [config, config.store, config.jobs, config.corsOrigins, config.warnings])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it('names all problems together, with those of the command line', () => {
    const flags = { port: '65536', host: '0.0.0.0', etcd: 'h1:2379,ftp://h2', logLevel: 'loud', prefix: 'lochness' };
    const environment = environmentOf({ bodyLimitBytes: '-1', debugExtensions: 'maybe', drainTimeoutSeconds: '1.5' });
    const problems = problemsOf(() => readServeConfig({ flags, environment, problems: ['--bogus: there is no such option'] }));
    expect(problems).toEqual([
      '--bogus: there is no such option',
      expect.stringMatching(
        /^--host: "0\.0\.0\.0" is not loopback, .* give --auth token or --auth jwt, or say --insecure-no-auth$/,
      ),
      '--port: "65536" is no whole number from 0 to 65535',
      '--etcd: "h1:2379" is no address such as http://127.0.0.1:2379',
      '--etcd: "ftp://h2" is no address such as http://127.0.0.1:2379',
      '--prefix: "lochness" does not end with "/"',
      '--log-level: "loud" is none of fatal, error, warn, info, debug, trace, silent',
      'LOCHNESS_DEBUG_EXTENSIONS: "maybe" is neither true nor false',
      'LOCHNESS_BODY_LIMIT_BYTES: "-1" is no whole number from 1024 to 67108864',
      'LOCHNESS_DRAIN_TIMEOUT_SECONDS: "1.5" is no whole number from 0 to 3600',
    ]);
  });

  it.each([
    'http://root:pa/s3cret@h:2379',
    'http://root:pa#s3cret@h:2379',
    'http://root:pa?s3cret@h:2379',
    'http://root:s3cret,pa@h:2379',
    'http://h1:2379,http://root:s3cret@h:2379',
    'http://root:1/s3cret@h',
    'root:s3cret@h:2379',
    'ftp://root:s3cret@h',
    'http://s3cret@h',
  ])('refuses an address with a name or a password without repeating it: %s', (address) => {
    const jwt = { auth: 'jwt', jwtIssuer: 'x', jwtAudience: 'y' };
    const misplaced = { port: address, logLevel: address, prefix: address, reads: address } satisfies Texts;
    const flags = { etcd: address, otlpEndpoint: address, corsOrigin: address, allowedHost: address, metricsHost: address };
    const problems = serveProblems({ ...flags, ...misplaced, ...jwt, jwtJwksUrl: address, host: address });
    expect(problems.join('\n')).not.toContain('s3cret');
    expect(problems).toEqual([
      '--host: a text with "@" in it is no address and no name of a host',
      '--port: a text with "@" in it is no whole number from 0 to 65535',
      '--etcd: an address holds a name or password: give them as --etcd-user and --etcd-password-file',
      '--prefix: a text with "@" in it does not end with "/"',
      expect.stringMatching(/^--log-level: a text with "@" in it is none of/),
      '--reads: a text with "@" in it is none of replica, direct',
      '--cors-origin: an origin has no name and no password in it',
      '--allowed-host: a name of a host has no "@" in it',
      '--jwt-jwks-url: an address here has no name and no password in it ("@" in a path is written %40)',
      '--metrics-host: a text with "@" in it is no address and no name of a host',
      '--otlp-endpoint: an address here has no name and no password in it ("@" in a path is written %40)',
    ]);
  });

  it('refuses an empty text where it would mean something else, as of a variable of a shell that is not set', () => {
    expect(serveProblems({ dataDir: '', persistedOperations: '' })).toEqual([
      '--data-dir: needs the path of a folder',
      '--persisted-operations: needs the path of a folder',
    ]);
    expect(
      serveProblems({ etcd: 'https://h1', etcdUser: '', etcdPasswordFile: '', etcdCa: '', etcdCert: '', etcdKey: '' }),
    ).toEqual([
      '--etcd-user: needs a name',
      ...['--etcd-password-file', '--etcd-ca', '--etcd-cert', '--etcd-key'].map((flag) => `${flag}: needs the path of a file`),
    ]);
    expect(serveProblems({ tlsCert: '', tlsKey: '' })).toEqual(
      ['--tls-cert', '--tls-key'].map((flag) => `${flag}: needs the path of a file`),
    );
    const jwt = { auth: 'jwt', jwtIssuer: '', jwtAudience: '', jwtKeyFile: '', jwtRoleClaim: '', jwtHypervisorClaim: '' };
    expect(serveProblems(jwt)).toEqual([
      '--jwt-issuer: needs a text',
      '--jwt-audience: needs a text',
      '--jwt-key-file: needs the path of a file',
      '--jwt-role-claim: needs a text',
      '--jwt-hypervisor-claim: needs a text',
    ]);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', '192.168.1.1', 'example.com', '127.0.0.1.example.com', ''])(
    'refuses to listen on %j where everybody may do everything',
    (host) => {
      expect(serveProblems({ host })).toHaveLength(1);
      expect(serveProblems({ host, auth: 'none' })).toHaveLength(1);
      expect(problemsOf(() => readDemoConfig({ flags: { host }, environment: {} }))).toHaveLength(1);
    },
  );

  it('listens beyond loopback where it is asked who somebody is, or where that is said to be meant', () => {
    for (const given of [{ auth: 'token' }, { insecureNoAuth: 'true' }] satisfies Texts[]) {
      expect(readServeConfig({ flags: { host: '0.0.0.0', ...given }, environment: {} }).host).toBe('0.0.0.0');
    }
  });

  it.each([
    [{ auth: 'none,token' }, '--auth: none lets everybody in: it goes with no other'],
    [{ auth: 'basic' }, '--auth: "basic" is none of none, token, jwt'],
    [{ auth: ',' }, '--auth: needs one or more of none, token, jwt'],
    [{ jwtIssuer: 'x' }, '--jwt-issuer: it is for --auth jwt only'],
    [{ auth: 'jwt', jwtIssuer: 'x', jwtAudience: 'y' }, '--auth: jwt needs --jwt-jwks-url or --jwt-key-file too'],
    [{ auth: 'jwt', jwtIssuer: 'x', jwtJwksUrl: 'https://y' }, '--auth: jwt needs --jwt-audience too'],
    [{ tlsKey: 'key' }, '--tls-key: it needs --tls-cert too'],
    [
      { tlsCert: tlsPath('cert.pem'), tlsKey: tlsPath('other-key.pem') },
      '--tls-key: it is not the key of --tls-cert (key values mismatch)',
    ],
    [
      { auth: 'jwt', jwtIssuer: 'x', jwtAudience: 'y', jwtJwksUrl: 'nonsense' },
      '--jwt-jwks-url: "nonsense" is no address such as https://login.example.com/keys',
    ],
    [{ otlpEndpoint: 'nonsense' }, '--otlp-endpoint: "nonsense" is no address such as http://127.0.0.1:4318'],
    [
      { otlpEndpoint: 'http://joe:secret@h' },
      '--otlp-endpoint: an address here has no name and no password in it ("@" in a path is written %40)',
    ],
    [{ allowedHost: 'a b' }, '--allowed-host: "a b" is no name of a host such as gateway.example.com'],
  ] satisfies [Texts, string][])('refuses %j', (flags, problem) => {
    expect(serveProblems(flags)).toContain(problem);
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', '0:0:0:0:0:0:0:1', 'localhost'])('listens on %j', (host) => {
    expect(readServeConfig({ flags: { host }, environment: {} }).host).toBe(host);
  });

  it.each(['', ' ', '1e3', '0x10', '4000.0', '+1', ' 80'])('takes no port %j', (port) => {
    expect(serveProblems({ port })).toHaveLength(1);
  });

  it.each(['http://h1/path', 'http://h1?x', 'ftp://h1', 'http://', ',', 'http://h1,https://h2', 'http://h1:99999'])(
    'takes no etcd at %j',
    (etcd) => {
      expect(serveProblems({ etcd })).toHaveLength(1);
    },
  );

  it.each(['*', 'null', 'https://a.example/path', 'a.example', 'https://u@a.example'])('takes no origin %j', (corsOrigin) => {
    expect(serveProblems({ corsOrigin })).toHaveLength(1);
  });

  it('knows the levels of the log', () => {
    for (const logLevel of logLevels) expect(readServeConfig({ flags: { logLevel }, environment: {} }).logLevel).toBe(logLevel);
    expect(() => commandOptions.serve.shape.logLevel.parse('verbose')).toThrow('is none of');
  });

  it('takes one store at a time', () => {
    expect(serveProblems({ etcd: 'http://h1', dataDir: 'x', memory: 'true' })).toEqual([
      '--etcd and --data-dir and --memory: only one store can be used at a time',
    ]);
    expect(serveProblems({}, { etcd: 'http://h1', memory: 'yes' })).toEqual([
      'LOCHNESS_ETCD and LOCHNESS_MEMORY: only one store can be used at a time',
    ]);
  });

  it('takes the store of a flag, whatever store the environment has', () => {
    const environment = environmentOf({ etcd: 'http://h1', etcdUser: 'joe', etcdPasswordFile: '/not/there' });
    expect(readServeConfig({ flags: { memory: 'true' }, environment }).store).toEqual({ kind: 'memory' });
    expect(readExportConfig({ flags: { dataDir: '/x' }, environment }).store).toEqual({ kind: 'data-dir', dataDir: '/x' });
    expect(readServeConfig({ flags: { etcd: 'http://h2' }, environment: environmentOf({ dataDir: '/x' }) }).store).toMatchObject({
      endpoints: ['http://h2:2379'],
    });
  });

  it('takes LOCHNESS_MEMORY=false for no choice of a store', () => {
    const environment = environmentOf({ memory: 'false', dataDir: '/x' });
    expect(readServeConfig({ flags: {}, environment }).store).toEqual({ kind: 'data-dir', dataDir: '/x' });
  });

  it('refuses what is for etcd alone without etcd', () => {
    expect(serveProblems({ memory: 'true', etcdUser: 'joe' })).toEqual(['--etcd-user: it is for --etcd only']);
    expect(serveProblems({}, { etcdCa: files.certificate })).toEqual(['LOCHNESS_ETCD_CA: it is for --etcd only']);
  });

  it('refuses half of a pair, and certificates without https', () => {
    expect(serveProblems({ etcd: 'https://h1', etcdUser: 'joe' })).toEqual(['--etcd-user: it needs --etcd-password-file too']);
    expect(serveProblems({ etcd: 'https://h1' }, { etcdKey: files.key })).toEqual([
      'LOCHNESS_ETCD_KEY: it needs --etcd-cert too',
    ]);
    expect(serveProblems({ etcd: 'http://h1', etcdCa: files.certificate })).toEqual([
      '--etcd-ca: it is for https:// addresses of --etcd',
    ]);
  });

  it('says which file it can not read, and what is wrong with one that it can', () => {
    const flags = { etcd: 'https://h1', etcdUser: 'joe', etcdPasswordFile: '/not/there', etcdCa: files.password };
    expect(serveProblems({ ...flags, etcdCert: files.key, etcdKey: files.certificate })).toEqual([
      `--etcd-password-file: can't read "/not/there": there is no such file`,
      `--etcd-ca: "${files.password}" holds no PEM block CERTIFICATE`,
      `--etcd-cert: "${files.key}" holds no PEM block CERTIFICATE`,
      `--etcd-key: "${files.certificate}" holds no PEM block PRIVATE KEY`,
    ]);
    expect(serveProblems({ ...flags, etcdPasswordFile: files.certificate, etcdCa: files.certificate })).toEqual([
      `--etcd-password-file: "${files.certificate}" has more than one line`,
    ]);
  });

  it('says what is wrong with certificates and keys of etcd that are there', () => {
    const broken = join(folder, 'broken.pem');
    writeFileSync(broken, '-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n');
    const etcd = { etcd: 'https://h1', etcdKey: tlsPath('other-key.pem'), host: '0.0.0.0' };
    const host = expect.stringMatching(/^--host: "0\.0\.0\.0" is not loopback/);
    expect(serveProblems({ ...etcd, etcdCert: files.certificate })).toEqual([
      host,
      '--etcd-key: it is not the key of --etcd-cert (key values mismatch)',
    ]);
    expect(serveProblems({ ...etcd, etcdCert: broken })).toEqual([
      host,
      expect.stringMatching(/^--etcd-cert: what is in the file can't be used \(/),
    ]);
  });

  it('of an import, export or simulation refuses a store in memory, and says why', () => {
    const why = 'a store in memory is empty when a command begins and gone when it ends; give --data-dir or --etcd';
    expect(problemsOf(() => readImportConfig({ flags: { memory: 'true' }, environment: {} }))).toEqual([`--memory: ${why}`]);
    expect(problemsOf(() => readSimulateConfig({ flags: { memory: 'true' }, environment: {} }))).toEqual([`--memory: ${why}`]);
    expect(problemsOf(() => readExportConfig({ flags: {}, environment: { LOCHNESS_MEMORY: '1' } }))).toEqual([
      `LOCHNESS_MEMORY: ${why}`,
    ]);
    expect(problemsOf(() => readExportConfig({ flags: { dataDir: 'x' }, environment: { LOCHNESS_MEMORY: '1' } }))).toEqual([]);
  });

  it('of an import takes one of merge and replace', () => {
    expect(problemsOf(() => readImportConfig({ flags: { merge: 'true', replace: 'true' }, environment: {} }))).toEqual([
      '--merge and --replace: only one of them can be meant',
    ]);
    expect(readImportConfig({ flags: { merge: 'true' }, environment: { LOCHNESS_REPLACE: 'true' } }).onExisting).toBe('merge');
  });

  it('of a token names all that is missing or wrong', () => {
    const problems = (flags: Texts) => problemsOf(() => readTokenCreateConfig({ flags, environment: {} }));
    expect(problems({})).toEqual(['--name: it is missing', '--role: it is missing']);
    expect(problems({ name: '', role: 'root', expiresDays: '0', memory: 'true' })).toEqual([
      expect.stringMatching(/^--memory: a store in memory is empty/),
      '--name: "" is no name of 1 to 128 printable characters',
      '--role: "root" is none of viewer, operator, admin, agent',
      '--expires-days: "0" is no whole number from 1 to 3650',
    ]);
    expect(problems({ name: 'a', role: 'agent' })).toEqual(['--role: agent needs --hypervisor too']);
    expect(problems({ name: 'a', role: 'admin', hypervisor: hypervisorId })).toEqual([
      '--hypervisor: it is for the role agent only',
    ]);
    expect(problems({ name: 'a', role: 'agent', hypervisor: '1' })).toEqual([
      expect.stringMatching(/^--hypervisor: "1" is no id: an id is a UUID/),
    ]);
    for (const name of [' ', 'a\nb', '\u202e', '\u2028', 'x'.repeat(129)]) {
      expect(problems({ name, role: 'admin' })).toEqual([expect.stringContaining('is no name of 1 to 128 printable characters')]);
    }
  });

  it('of a demo stays within what can be made in a reasonable time', () => {
    expect(problemsOf(() => readDemoConfig({ flags: { hypervisors: '1001', guests: '100001' }, environment: {} }))).toEqual([
      '--hypervisors: "1001" is no whole number from 0 to 1000',
      '--guests: "100001" is no whole number from 0 to 100000',
    ]);
  });

  it('warns of variables that look like ours and are not', () => {
    const { warnings } = readServeConfig({ flags: {}, environment: { LOCHNESS_PROT: '1', OTHER: '1', LOCHNESS_GUESTS: '3' } });
    expect(warnings).toEqual(['LOCHNESS_PROT is set, but no option reads it']);
  });

  it('warns of tokens that nobody can make', () => {
    const warnings = (flags: Texts) => readServeConfig({ flags, environment: {} }).warnings;
    expect(warnings({ auth: 'token', memory: 'true' })).toEqual([
      expect.stringContaining('none can be made in a store in memory'),
    ]);
    expect(warnings({ auth: 'token' })).toEqual([]);
    expect(warnings({ memory: 'true' })).toEqual([]);
  });

  describe('warns of what others on the network could read or change:', () => {
    const warnings = (flags: Texts) => readServeConfig({ flags, environment: {} }).warnings;
    const jwt = { auth: 'jwt', jwtIssuer: 'https://login.example', jwtAudience: 'lochness' };
    const tls = { tlsCert: tlsPath('cert.pem'), tlsKey: tlsPath('key.pem') };

    it.each(['0.0.0.0', '::', '10.0.0.1', 'gateway.example.com'])('credentials that come to %s without TLS', (host) => {
      const clear = [`Credentials come in clear text to ${host}: give --tls-cert and --tls-key, unless ${behind}`];
      const kinds = [{ auth: 'token' }, { ...jwt, jwtJwksUrl: 'https://login.example/keys' }] satisfies Texts[];
      for (const flags of kinds) {
        expect(warnings({ ...flags, host })).toEqual(clear);
        expect(warnings({ ...flags, host, ...tls })).toEqual([]);
        expect(warnings({ ...flags, host: '127.0.0.1' })).toEqual([]);
      }
      expect(warnings({ host, insecureNoAuth: 'true' })).toEqual([]);
    });

    it.each([
      ['http://login.example/keys', 1],
      ['http://10.0.0.7:8080/keys', 1],
      ['http://[fd00::1]/keys', 1],
      ['http://127.0.0.1.login.example/keys', 1],
      ['https://login.example/keys', 0],
      ['http://127.0.0.1:8080/keys', 0],
      ['http://[::1]:8080/keys', 0],
      ['http://localhost/keys', 0],
    ])('the keys of JWTs at %s', (jwtJwksUrl, count) => {
      const way = '--jwt-jwks-url is no https address: whoever can change its answers on their way lets in whom he likes';
      expect(warnings({ ...jwt, jwtJwksUrl })).toEqual(Array(count).fill(way));
    });
  });
});

describe('the configuration table', () => {
  it('has a row for every option, with its variable, its default and its commands', () => {
    const rows = configurationTable().split('\n');
    expect(rows).toHaveLength(2 + Object.keys(walk()).length);
    expect(rows).toContain(
      '| `--port NUMBER` | `LOCHNESS_PORT` | `4000` | serve, demo | port to listen on; 0 picks a free one |',
    );
    expect(rows).toContain(
      '| `--prefix TEXT` | `LOCHNESS_PREFIX` | `lochness/` | serve, demo, simulate, import, export, token | what all keys in the store begin with |',
    );
    expect(rows.find((row) => row.includes('--expires-days'))).toContain('| never | token create |');
    expect(rows).toContain('| `--memory` | `LOCHNESS_MEMORY` | | serve, demo | store: embedded, gone at exit |');
  });
});
