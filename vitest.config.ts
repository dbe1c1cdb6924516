import { defineConfig } from 'vitest/config';

/** What `npm test` runs. What takes long is named `.slow.test.ts`: see vitest.slow.config.ts. */
export default defineConfig({
  test: {
    globalSetup: ['test/helpers/global-setup.ts'],
    reporters: ['default', './scripts/slowest-files.ts'],
    include: ['{src,test,benchmarks}/**/*.test.ts', 'scripts/**/*.test.js'],
    exclude: ['**/*.slow.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 3,
  },
});
