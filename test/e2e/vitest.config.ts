import { defineConfig } from 'vitest/config';

/** Apart from the others: it takes root, minutes, and the machine for itself. */
export default defineConfig({
  test: {
    include: ['test/e2e/*.e2e.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    fileParallelism: false,
    bail: 1,
  },
});
