import { expect, test } from 'vitest';
import type { RunResult } from '../probe/result.js';
import { regionOf } from '../regions.js';
import { BUILT_IN_OPERATIONS } from '../target.js';
import { createMetrics } from './metrics.js';

const run: RunResult = {
  target: 'primary',
  trigger: 'schedule',
  iterations: 2,
  startedAt: 0,
  durationMs: 10,
  outcome: 'success',
  samples: { ping: [{ ok: true, durationMs: 4 }] },
  tableRows: null,
  replica: null,
  connection: null,
  failedAttempts: [],
  pooler: false,
  retentionFailure: null,
};

/** What is exported of the operations after these runs. */
async function operationsAfter(...runs: RunResult[]): Promise<string[]> {
  const metrics = createMetrics({
    region: regionOf('lhr'),
    targets: [
      { name: 'primary', mode: 'read-write', operations: BUILT_IN_OPERATIONS, queries: [] },
    ],
    version: '0',
    revision: null,
  });
  for (const each of runs) metrics.observeRun(each);
  const lines = (await metrics.render()).split('\n');
  return lines.filter((line) => /operations_total\{|last_run_operation/.test(line));
}

test('a scheduled run enters the operations', async () => {
  expect(await operationsAfter(run)).not.toEqual(await operationsAfter());
});

test.each([{ outcome: 'aborted' } as const, { trigger: 'request' } as const])(
  'a run with %o enters none',
  async (change) => {
    expect(await operationsAfter({ ...run, ...change })).toEqual(await operationsAfter());
  },
);
