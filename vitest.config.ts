import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

export default defineConfig({
  resolve: {
    // One copy of graphql for all: vitest would load it both as ESM and as CommonJS ("another module or realm").
    alias: [{ find: /^graphql$/, replacement: require.resolve('graphql') }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    retry: 0,
    maxWorkers: 3,
    allowOnly: false,
    server: {
      deps: {
        inline: [/^(?!.*node_modules)/, /graphql-yoga\/(?!.*render-graphiql)/, /@pothos/, /graphql-scalars/, /graphql-http/],
      },
    },
  },
});
