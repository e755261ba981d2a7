import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The long fault and fuzz runs: `npm run test:long`. */
export default defineConfig({ ...base, test: { ...base.test, include: ['test/**/*.long.ts'], testTimeout: 600_000 } });
