import { defineConfig } from 'vitest/config';

/** These measure, or start ten regions: one after another, with nothing beside them. */
const LABS = [
  'test/bench/bench.test.ts',
  'test/lab/lab.test.ts',
  'test/page/page.test.ts',
  'test/dashboards/dashboards-walk.test.ts',
  'test/probe/many-targets.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: ['test/helpers/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'backend',
          include: ['{src,test,benchmarks}/**/*.test.ts', 'scripts/**/*.test.js'],
          exclude: LABS,
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: LABS,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
