import { defineConfig } from 'vitest/config';

/** Apart from the others: it takes root, minutes, and the machine for itself. Most of it is waiting. */
export default defineConfig({
  test: {
    include: ['test/e2e/*.e2e.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: 3,
    bail: 1,
  },
});
