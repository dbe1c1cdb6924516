import { defineConfig } from 'vitest/config';
import { SHARED } from './vitest.config.js';

/** These measure, or start ten regions: one after another, with nothing beside them. */
const ALONE = [
  'test/audit/projection.slow.test.ts',
  'test/alerts/lab-alerts.slow.test.ts',
  'test/{bench,lab}/{bench,lab}.slow.test.ts',
  'test/lab/twenty-regions.slow.test.ts',
  'test/page/{page,page-backend}.slow.test.ts',
  'test/ping/accuracy.slow.test.ts',
  'test/dashboards/dashboards-walk.slow.test.ts',
  'test/probe/{many-targets,one-sick-target,server-fuzz}.slow.test.ts',
];

/** What `npm run test:slow` runs: the tests that take long, each more than half a minute. */
export default defineConfig({
  test: {
    ...SHARED,
    projects: [
      {
        extends: true,
        test: {
          name: 'slow',
          include: ['test/**/*.slow.test.ts'],
          exclude: [...ALONE, '**/node_modules/**'],
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
