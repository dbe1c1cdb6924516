import { defineConfig } from 'vitest/config';

/** Of the quick tests and of the slow ones. */
export const SHARED = {
  globalSetup: ['test/helpers/global-setup.ts'],
  reporters: ['default', './scripts/report-slow-and-flaky.ts'],
  testTimeout: 30_000,
  hookTimeout: 30_000,
  // Three thousand tests of real servers share two processors there. What needs a second try is listed.
  retry: process.env.CI === 'true' ? 1 : 0,
};

/** What `npm test` runs. What takes long is named `.slow.test.ts`: see vitest.slow.config.ts. */
export default defineConfig({
  test: {
    ...SHARED,
    include: ['{src,test,benchmarks}/**/*.test.ts', 'scripts/**/*.test.js'],
    exclude: ['**/*.slow.test.ts', '**/node_modules/**'],
    maxWorkers: 3,
  },
});
