import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readExported } from '../../alerting/exported.js';
import { inlineRecorded } from '../../alerting/inline.js';
import { lintRules } from '../../alerting/lint.js';
import { loadRules, parseDuration, PROMETHEUS_DIR, type Rule } from '../../alerting/rules.js';
import { firings } from '../../src/replay/firing.js';
import { DEFAULT_FLEET_CODES } from '../../src/regions/default-fleet.js';

const runbook = readFileSync(join(PROMETHEUS_DIR, '../docs/runbook.md'), 'utf8');

const alert = (changes: Partial<Rule>): Rule => ({
  group: 'g',
  intervalSeconds: 60,
  file: 'bad.yml',
  expr: 'pglatency_target_up == 0',
  record: null,
  alert: 'PglatencyWatchdog',
  forSeconds: 60,
  keepFiringSeconds: 0,
  labels: { severity: 'page' },
  annotations: {
    summary: 's',
    description: 'd',
    runbook_url: 'https://runbooks.example.com/pglatency#pglatencywatchdog',
    dashboard_url: 'https://grafana.example.com/d/x',
  },
  ...changes,
});

test('the rules name only what a backend exports, and every alert is in the runbook', async () => {
  expect(lintRules(loadRules(), await readExported(), runbook)).toEqual([]);
});

test('a rule that names what no backend exports is named with what is wrong', async () => {
  const exported = await readExported();
  const problems = (changes: Partial<Rule>) => lintRules([alert(changes)], exported, runbook);
  expect(problems({})).toEqual([]);
  expect(problems({ expr: 'rate(pglatency_operation_total[5m]) > 0' })).toEqual([
    'bad.yml, PglatencyWatchdog: pglatency_operation_total is neither exported by a backend nor recorded by a rule',
  ]);
  expect(problems({ expr: 'region:pglatency_nothing:ratio > 1' })).toEqual([
    'bad.yml, PglatencyWatchdog: region:pglatency_nothing:ratio is neither exported by a backend nor recorded by a rule',
  ]);
  expect(problems({ expr: 'pglatency_target_up{database="primary"} == 0' })).toEqual([
    'bad.yml, PglatencyWatchdog: pglatency_target_up has no label database',
  ]);
  expect(problems({ expr: 'pglatency_operations_total{outcome="failed"} > 0' })).toEqual([
    'bad.yml, PglatencyWatchdog: pglatency_operations_total has no outcome "failed" (it has success, failure)',
  ]);
  expect(problems({ expr: 'sum by (zone) (pglatency_target_up) == 0' })).toEqual([
    'bad.yml, PglatencyWatchdog: no exported series has the label zone',
  ]);
  const count = 'pglatency_visibility_delay_seconds_count';
  expect(problems({ expr: `rate(${count}[5m]) > 0` })).toEqual([
    `bad.yml, PglatencyWatchdog: ${count} is a part of a histogram, which may be a native one`,
  ]);
  expect(problems({ forSeconds: 0, labels: {} })).toEqual([
    'bad.yml, PglatencyWatchdog: severity is "" (page, ticket or none)',
    'bad.yml, PglatencyWatchdog: has no `for`',
  ]);
  const queries = { description: '{{ with query `count(pglatency_gone)` }}{{ end }}' };
  expect(problems({ annotations: { ...alert({}).annotations, ...queries } })).toEqual([
    'bad.yml, PglatencyWatchdog: pglatency_gone is neither exported by a backend nor recorded by a rule',
  ]);
});

test('every region of the catalogue is expected, and no other', () => {
  const expected = loadRules().filter(({ record }) =>
    record?.startsWith('region:pglatency_expected_'),
  );
  expect(expected.map(({ labels }) => labels['region']).sort()).toEqual(
    [...DEFAULT_FLEET_CODES].sort(),
  );
});

test('a duration that is none is refused', () => {
  expect(parseDuration('23h30m')).toBe(84_600);
  expect(() => parseDuration('5 minutes')).toThrow(
    'not a duration: "5 minutes" (such as 90s, 23h30m)',
  );
});

test('`for` counts from the first evaluation, and one that is missed begins it anew', () => {
  const rule = alert({ forSeconds: 120 });
  const at = (...minutes: number[]) => minutes.map((m) => [m * 60, '1'] as const);
  const fired = (...minutes: number[]) =>
    firings(rule, [{ labels: { region: 'nrt' }, samples: at(...minutes) }]).map(({ from, to }) => [
      from / 60,
      to / 60,
    ]);
  expect(fired(1, 2)).toEqual([]);
  expect(fired(1, 2, 3, 4)).toEqual([[3, 4]]);
  expect(fired(1, 2, 4, 5, 6, 7, 9)).toEqual([[6, 7]]);
});

test('an alert goes on firing for its keep_firing_for, and one that is pending does not', () => {
  const kept = alert({ forSeconds: 60, keepFiringSeconds: 180 });
  const fired = (...minutes: number[]) =>
    firings(kept, [
      { labels: {}, samples: minutes.map((minute): [number, string] => [minute * 60, '1']) },
    ]).map(({ from, to }) => [from / 60, to / 60]);
  expect(fired(1, 3, 4)).toEqual([[4, 7]]);
  expect(fired(1, 2, 6, 7)).toEqual([[2, 10]]);
  expect(fired(1, 2, 7, 8)).toEqual([
    [2, 5],
    [8, 11],
  ]);
});

test('a matcher that cannot be moved into a recorded expression is refused', () => {
  expect(() =>
    inlineRecorded('region:pglatency_path_share:ratio{operation="ping"}', loadRules(), 'flat'),
  ).toThrow('cannot be moved into an expression that joins operations');
});
