import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { PROMETHEUS_DIR } from '../../alerting/rules.js';
import { runTool } from '../../alerting/tool.js';
import { rttBetween, roundTripOf } from '../../src/lab/distances.js';
import { labRules, PRIMARY } from '../../src/lab/lab-rules.js';
import { requireTool } from '../helpers/tools.js';

const REGIONS = ['lhr', 'fra', 'cdg', 'nrt'];
const REPLICA = 'iad';

const distances = (region: string) => ({
  [PRIMARY]: roundTripOf(region),
  [REPLICA]: rttBetween(region, REPLICA),
});

/** What Prometheus scrapes for ten minutes, every 15 s, where a select takes its distance, times `factor` on the replica. */
function scraped(factor: number) {
  return REGIONS.flatMap((region) =>
    Object.entries(distances(region)).flatMap(([target, ms]) => {
      const labels = `fleet="pglatency",target="${target}",region="${region}",operation="select"`;
      const seconds = (ms * (target === REPLICA ? factor : 1)) / 1_000;
      return [
        {
          series: `pglatency_last_run_operation_seconds{${labels},statistic="median"}`,
          values: `${seconds}+0x40`,
        },
        {
          series: `pglatency_operations_total{${labels},outcome="success"}`,
          values: '0+10x40',
        },
      ];
    }),
  );
}

async function allRegionsSlow(factor: number, value: number) {
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-lab-rules-'));
  try {
    const rules = join(folder, 'lab.json');
    writeFileSync(rules, labRules(REGIONS.map((region) => ({ region, rttMs: distances(region) }))));
    const expected = (target: string, is: number) => ({
      labels: `target:pglatency_fleet_slow:bool{fleet="pglatency", target="${target}"}`,
      value: is,
    });
    const file = join(folder, 'test.yml');
    const text = stringify({
      rule_files: [rules, join(PROMETHEUS_DIR, 'rules/latency.yml')],
      evaluation_interval: '15s',
      tests: [
        {
          interval: '15s',
          input_series: scraped(factor),
          promql_expr_test: [
            {
              expr: 'target:pglatency_fleet_slow:bool',
              eval_time: '8m',
              exp_samples: [expected(REPLICA, value), expected(PRIMARY, 0)],
            },
          ],
        },
      ],
    });
    writeFileSync(file, text);
    return await runTool('promtool', ['test', 'rules', file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('a healthy replica far from the primary is not slow, and a slow one is', async (context) => {
  requireTool(context, 'promtool', 'Debian: prometheus');
  expect(await allRegionsSlow(1, 0)).toMatchObject({ ok: true });
  expect(await allRegionsSlow(1.4, 1)).toMatchObject({ ok: true });
});
