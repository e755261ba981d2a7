// Who may import whom: ARCHITECTURE.md has the same table in words. Imports only run down.
const own = '^src/';

/** Modules under `from` may import nothing of ours but what `to` names. */
function only(name, from, to, extra = {}) {
  return {
    name,
    severity: 'error',
    from: { path: from },
    to: { path: own, pathNot: to, ...extra },
  };
}

/** Packages that nobody but the modules under `keeper` may know. */
function secret(name, keeper, packages) {
  return {
    name,
    severity: 'error',
    from: { path: own, pathNot: keeper },
    to: { path: `^node_modules/(${packages})` },
  };
}

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-dev-dependencies', severity: 'error', from: { path: own }, to: { dependencyTypes: ['npm-dev'] } },
    only('leaves-import-nothing', '^src/(errors|log|observer)\\.ts$', ['^$']),
    only('config-imports-nothing', '^src/config/', ['^src/config/']),
    only('store-imports-errors-and-log', '^src/store/', ['^src/store/', '^src/(errors|log|observer)\\.ts$']),
    only('metrics-import-errors-and-observer', '^src/metrics/', ['^src/metrics/', '^src/(errors|observer)\\.ts$']),
    only('tracing-imports-errors-log-and-observer', '^src/tracing/', ['^src/tracing/', '^src/(errors|log|observer)\\.ts$']),
    only('auth-imports-store', '^src/auth/', ['^src/(auth|store)/', '^src/(errors|log)\\.ts$']),
    only('agent-imports-errors-and-log', '^src/agent/', ['^src/agent/', '^src/(errors|log|observer)\\.ts$']),
    only('context-imports-store-and-agent', '^src/context\\.ts$', [
      '^src/(auth|store|agent|tracing)/',
      '^src/(errors|log|observer)\\.ts$',
    ]),
    only('resolvers-import-store-and-agent', '^src/resolvers/', [
      '^src/(resolvers|auth|store|agent)/',
      '^src/(errors|context)\\.ts$',
    ]),
    only('jobs-import-resolvers', '^src/jobs/', [
      '^src/(jobs|auth|store|agent|resolvers)/',
      '^src/(errors|log|observer|context)\\.ts$',
    ]),
    only(
      'schema-imports-resolvers',
      '^src/schema/',
      ['^src/(schema|resolvers)/', '^src/store/values/', '^src/(errors|context)\\.ts$'],
      { dependencyTypesNot: ['type-only'] },
    ),
    only('demo-imports-store', '^src/demo/', ['^src/(demo|store)/', '^src/(errors|log)\\.ts$']),
    {
      name: 'context-is-a-type-below-the-server',
      severity: 'error',
      from: { path: '^src/(resolvers|schema)/' },
      to: { path: '^src/context\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-the-door-commits-operations',
      severity: 'error',
      from: { path: own, pathNot: '^src/(resolvers/commit/|store/outcome\\.ts$)' },
      to: { path: '^src/store/(outcome|fence|operation-lease)\\.ts$' },
    },
    secret('only-schema-and-server-know-graphql', '^src/(schema/|server/|server\\.ts)', 'graphql|@graphql-'),
    secret('only-schema-knows-pothos', '^src/schema/', '@pothos/'),
    secret('only-the-etcd-store-knows-etcd3', '^src/store/etcd/', 'etcd3|@grpc'),
    secret('only-auth-knows-jose', '^src/auth/', 'jose'),
    secret('only-metrics-knows-prom-client', '^src/metrics/', 'prom-client'),
    secret('only-tracing-knows-opentelemetry', '^src/tracing/', '@opentelemetry/'),
    secret('only-the-agent-client-knows-undici', '^src/agent/', 'undici'),
    secret('only-the-embedded-store-knows-lmdb', '^src/store/embedded/', 'lmdb'),
    {
      name: 'source-never-imports-tests',
      severity: 'error',
      from: { path: own },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
