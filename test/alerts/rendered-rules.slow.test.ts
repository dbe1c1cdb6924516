import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FLEETS } from '../../alerting/simulate/fleets.js';
import { runCli } from '../helpers/cli.js';
import { requireTool } from '../helpers/tools.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pglatency-rendered-'))));
afterEach(() => rmSync(folder, { recursive: true }));

async function render(fleet: object) {
  const file = join(folder, 'fleet.yaml');
  writeFileSync(file, JSON.stringify({ regions: { a: {}, b: {}, c: {} }, ...fleet }));
  return runCli(['fleet', 'render', join(folder, 'out'), '--file', file]);
}

const rules = () => join(folder, 'out/prometheus/rules');
const testFiles = (out = 'out') => {
  const tests = join(folder, out, 'prometheus/tests');
  return readdirSync(tests).map((name) => join(tests, name));
};
const read = (name: string) => readFileSync(join(rules(), name), 'utf8');

test.for(FLEETS)(
  'the rules of a fleet with $name pass their unit tests: quiet when healthy, each fault found',
  { timeout: 240_000 },
  async ({ file }, context) => {
    requireTool(context, 'promtool', 'Debian: prometheus');
    expect(await render(file)).toMatchObject({ code: 0 });
    const files = readdirSync(rules()).map((name) => join(rules(), name));
    expect(files.length).toBeGreaterThan(7);
    execFileSync('promtool', ['check', 'rules', ...files]);
    execFileSync('promtool', ['test', 'rules', ...testFiles()]);
  },
);

test(
  'they pass on Prometheus 3 too, whose ranges are left-open',
  { timeout: 240_000 },
  async (context) => {
    const promtool = process.env['PROMETHEUS3'];
    if (promtool === undefined) {
      requireTool(context, 'PROMETHEUS3', 'scripts/prometheus-3.sh prints what it has to be');
    }
    await render({ schedule: '*/5 * * * *' });
    execFileSync(promtool ?? '', ['test', 'rules', ...testFiles()]);
  },
);

test('every series that is read is of the named fleet', async () => {
  await render({ fleet: 'production' });
  for (const name of readdirSync(rules())) {
    const selectors = read(name)
      .split('\n')
      .filter((line) => !/^ *(#|- record|description|summary)/.test(line))
      .flatMap((line) => line.match(/\bpglatency_[a-z_]+_(total|seconds|rows)\b(?!:)[^ ]*/g) ?? []);
    for (const selector of selectors) expect(selector).toContain('{fleet="production"');
  }
});

test('windows count runs, and what cannot work is refused with the reason', async (context) => {
  requireTool(context, 'promtool', 'Debian: prometheus');
  await render({ schedule: '*/5 * * * *' });
  expect(read('latency.yml')).toContain('operation!="connect", statistic="median"}[15m]');
  // A tail needs as many samples.
  await render({ iterations: 5 });
  expect(read('latency.yml')).toMatch(
    /avg_over_time\(region_operation:pglatency_tail_run:bool.*\[1h\]\)/,
  );
  await render({ scrape_interval: '60s' });
  expect(read('tunnel.yml')).toContain('> 7');
  await render({ evaluation_interval: '15s' });
  const intervals = readdirSync(rules()).map((name) => [
    name,
    /interval: (\S+)/.exec(read(name))?.[1],
  ]);
  expect(Object.fromEntries(intervals)).toEqual({
    ...Object.fromEntries(['baseline.yml', 'objective.yml'].map((name) => [name, '5m'])),
    'certificate.yml': '2m',
    'expected-regions.yml': '1m',
    ...Object.fromEntries(
      ['latency', 'failures', 'probe', 'replica', 'tunnel', 'states'].map((name) => [
        `${name}.yml`,
        '15s',
      ]),
    ),
  });
  const rare = await render({ schedule: '0 3 * * *' });
  expect(rare.code).toBe(1);
  expect(rare.stderr).toContain(
    'schedule: "0 3 * * *" is not allowed; expected at least a run every 2 hours',
  );
  expect((await render({ scrape_interval: '3m' })).stderr).toContain('scrape_interval: "3m"');
});
