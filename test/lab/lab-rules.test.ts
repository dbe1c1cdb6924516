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

interface Measured {
  readonly roundTrips: number;
  /** Of the replica: what it takes in place of one distance. */
  readonly replicaFactor?: number;
}

/** What Prometheus scrapes for ten minutes, every 15 s, where each operation takes its round trips. */
function scraped(operations: Readonly<Record<string, Measured>>) {
  const places = REGIONS.flatMap((region) =>
    Object.entries(distances(region)).map(([target, ms]) => ({ region, target, ms })),
  );
  return places.flatMap(({ region, target, ms }) =>
    Object.entries(operations).flatMap(([operation, { roundTrips, replicaFactor = 1 }]) => {
      const labels = `fleet="pglatency",target="${target}",region="${region}",operation="${operation}"`;
      const seconds = (ms * roundTrips * (target === REPLICA ? replicaFactor : 1)) / 1_000;
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

interface Expected {
  readonly expr: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

/** Evaluates the lab's rules and those of the latency over these series, and asks after eight minutes. */
async function evaluated(series: readonly object[], expected: readonly Expected[]) {
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-lab-rules-'));
  try {
    const rules = join(folder, 'lab.json');
    writeFileSync(rules, labRules(REGIONS.map((region) => ({ region, rttMs: distances(region) }))));
    const asked = expected.map((one) => ({ ...one, eval_time: '8m' }));
    const file = join(folder, 'test.yml');
    const text = stringify({
      rule_files: [rules, join(PROMETHEUS_DIR, 'rules/latency.yml')],
      evaluation_interval: '15s',
      tests: [{ interval: '15s', input_series: series, promql_expr_test: asked }],
    });
    writeFileSync(file, text);
    return await runTool('promtool', ['test', 'rules', file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function allRegionsSlow(factor: number, value: number) {
  const slow = (target: string, is: number) => ({
    labels: `target:pglatency_fleet_slow:bool{fleet="pglatency", target="${target}"}`,
    value: is,
  });
  const samples = [slow(REPLICA, value), slow(PRIMARY, 0)];
  const asked = { expr: 'target:pglatency_fleet_slow:bool', exp_samples: samples };
  return evaluated(scraped({ select: { roundTrips: 1, replicaFactor: factor } }), [asked]);
}

test('a healthy replica far from the primary is not slow, and a slow one is', async (context) => {
  requireTool(context, 'promtool', 'Debian: prometheus');
  expect(await allRegionsSlow(1, 0)).toMatchObject({ ok: true });
  expect(await allRegionsSlow(1.4, 1)).toMatchObject({ ok: true });
});

test('every operation has a normal, and a connection that is slow from the start is slow', async (context) => {
  requireTool(context, 'promtool', 'Debian: prometheus');
  const one = { roundTrips: 1 };
  const ratio = 'region_operation:pglatency_operation_seconds:ratio_now';
  const quick = (operation: string, count: number) => ({
    labels: `{operation="${operation}"}`,
    value: count,
  });
  const all = 2 * REGIONS.length;
  const asked = {
    expr: `count by (operation) (abs(${ratio} - 1) < 0.001)`,
    exp_samples: ['ping', 'select', 'insert', 'connect'].map((name) => quick(name, all)),
  };
  const healthy = { ping: one, select: one, insert: one, connect: { roundTrips: 4 } };
  expect(await evaluated(scraped(healthy), [asked])).toMatchObject({ ok: true });
  const twice = { ...healthy, connect: { roundTrips: 8 } };
  const slow = {
    expr: `count(${ratio}{region="nrt", target="${PRIMARY}"} > 1.5)`,
    exp_samples: [],
  };
  const found = { ...slow, exp_samples: [{ labels: '{}', value: 1 }] };
  expect(await evaluated(scraped(healthy), [slow])).toMatchObject({ ok: true });
  expect(await evaluated(scraped(twice), [found])).toMatchObject({ ok: true });
});
