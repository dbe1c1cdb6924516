import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadRules, type Rule } from '../../alerting/rules.js';
import { findFreePort } from '../../src/lab/ports.js';
import {
  ALERTMANAGER,
  startAlertmanager,
  startServices,
  type Sent,
  type Services,
} from '../helpers/alertmanager.js';
import { requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';
import { TEXTS } from './notification-texts.js';

/** The fleet `one` has one region that is ill, `two` has two. */
const FLEETS = { one: ['nrt'], two: ['nrt', 'syd'] };
const alerts = loadRules().filter(({ alert }) => alert !== null && alert !== 'PglatencyWatchdog');
/** How long they fire. */
const FIRE_SECONDS = 30;

const labelled = (value: number, labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).reduce(
    (expr, [name, text]) => `label_replace(${expr}, "${name}", "${text}", "", "")`,
    `vector(${value})`,
  );

/** What an alert is about, by what its link opens: of an alert of all regions only the fleet. */
function subjects({ annotations, expr, labels }: Rule): Record<string, string>[] {
  const link = annotations['dashboard_url'] ?? '';
  const about = (fleet: string, region?: string) => ({
    fleet,
    ...(link.includes('var-target') && { target: 'primary' }),
    ...(region !== undefined && { region }),
    ...(labels['operation'] === undefined && { operation: 'select' }),
    ...(expr.includes('address') && { address: '192.0.2.7' }),
  });
  return Object.entries(FLEETS).flatMap(([fleet, regions]) =>
    link.includes('var-region') ? regions.map((region) => about(fleet, region)) : [about(fleet)],
  );
}

const CERTIFICATE_ENDS = Date.UTC(2027, 0, 1) / 1_000;
const SELECT = { target: 'primary', operation: 'select' };
/** What the texts ask Prometheus for: the name, the labels besides fleet and region, the value. */
const ASKED: readonly (readonly [string, Record<string, string>, number])[] = [
  ['region_operation:pglatency_operation_seconds:baseline', SELECT, 0.261],
  ['region_operation:pglatency_operation_seconds:ratio_now', SELECT, 3],
  ['region_operation:pglatency_operation_seconds:median_now', SELECT, 0.787],
  ['region:pglatency_excess_on_path:ratio', { target: 'primary' }, 0.97],
  [
    'region:pglatency_certificate_end_timestamp_seconds:known',
    { target: 'primary' },
    CERTIFICATE_ENDS,
  ],
  ['region:pglatency_silent:bool', {}, 1],
  [
    'region_phase:pglatency_connect_phase_seconds:excess_now',
    { target: 'primary', phase: 'tls' },
    0.4,
  ],
];
/** The same of a target. */
const ASKED_OF_TARGET = [
  ['target:pglatency_certificate_end_timestamp_seconds:min', CERTIFICATE_ENDS],
  ['target:pglatency_write_cost_seconds:median_now', 0.031],
  ['target:pglatency_write_cost_seconds:baseline', 0.004],
] as const;

/** What an alert's expression returns: the texts say it as a time, a count, or a duration or share. */
function valueOf({ annotations }: Rule): number {
  const text = `${annotations['summary'] ?? ''} ${annotations['description'] ?? ''}`;
  if (text.includes('$value | humanizeTimestamp')) return CERTIFICATE_ENDS;
  return /\$value (\}|\| humanize )/.test(text) ? 7 : 0.787;
}

/** The committed alerts with their own texts; in place of their conditions, one that holds for some seconds. */
function rulesUntil(end: number): string {
  const fleets = Object.keys(FLEETS);
  const constant = (record: string, value: number, labels: Record<string, string>) => ({
    record,
    expr: labelled(value, labels),
  });
  const known = fleets.flatMap((fleet) => [
    ...['nrt', 'syd', 'hub'].flatMap((region) =>
      ASKED.map(([record, labels, value]) => constant(record, value, { fleet, region, ...labels })),
    ),
    ...ASKED_OF_TARGET.map(([record, value]) =>
      constant(record, value, { fleet, target: 'primary' }),
    ),
  ]);
  const fires = alerts.map((rule) => ({
    alert: rule.alert,
    expr: `(${subjects(rule)
      .map((labels) => labelled(valueOf(rule), labels))
      .join(' or ')}) and on () (vector(time()) < ${end})`,
    labels: rule.labels,
    annotations: rule.annotations,
  }));
  return stringify({ groups: [{ name: 'all', interval: '1s', rules: [...known, ...fires] }] });
}

let folder: string;
let services: Services;
const stops: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-notifications-'));
  services = await startServices();
  stops.push(services.stop);
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function startRules(alertmanager: string): Promise<void> {
  writeFileSync(join(folder, 'rules.yml'), rulesUntil(Date.now() / 1_000 + FIRE_SECONDS));
  writeFileSync(
    join(folder, 'prometheus.yml'),
    stringify({
      rule_files: ['rules.yml'],
      alerting: {
        alertmanagers: [{ static_configs: [{ targets: [new URL(alertmanager).host] }] }],
      },
    }),
  );
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${await findFreePort()}`,
      '--rules.alert.resend-delay=1s',
      '--log.level=error',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const ended = once(child, 'exit');
  stops.push(() => {
    child.kill();
    return ended;
  });
}

/** What a service was told, each text once. */
const texts = (...of: Sent['service'][]) => [
  ...new Set(
    services.sent.flatMap(({ service, body }) =>
      of.includes(service) ? TEXTS[service](body) : [],
    ),
  ),
];

/** How each service says that something began, and that it is over. */
const SERVICES = [
  {
    services: ['pagerduty', 'slack'],
    name: '',
    began: /^## (PagerDuty, trigger|Slack: \[firing\])/,
    ended: /^## (PagerDuty, resolve|Slack: \[resolved\])/,
  },
  {
    services: ['email'],
    name: 'email.',
    began: /^## E-mail: \[firing\]/,
    ended: /^## E-mail: \[resolved\]/,
  },
  {
    services: ['webhook'],
    name: 'webhook.',
    began: /^## Webhook: \[firing\]/,
    ended: /^## Webhook: \[resolved\]/,
  },
] as const;

test('what each alert says on each service, of one region and of two, firing and resolved', async (context) => {
  requireTool(context, 'prometheus', 'Debian: prometheus');
  if (ALERTMANAGER === null)
    requireTool(context, 'prometheus-alertmanager', 'Debian package of that name');
  const manager = await startAlertmanager(folder, services, { inhibits: false, every: true });
  stops.push(manager.stop);
  await startRules(manager.url);
  const anchors = alerts.map(({ alert }) => `#${(alert ?? '').toLowerCase()}`);
  /** The alerts of which the service did not tell both fleets. */
  const untold = (of: readonly Sent['service'][], form: RegExp) => {
    const told = texts(...of).filter((text) => form.test(text));
    const about = (anchor: string) => told.filter((text) => new RegExp(`${anchor}\\b`).test(text));
    return anchors.filter((anchor) => about(anchor).length < Object.keys(FLEETS).length);
  };
  for (const state of ['began', 'ended'] as const) {
    for (const one of SERVICES) {
      const left = () => untold(one.services, one[state]);
      await until(() => left().length === 0, { withinMs: 60_000 }).catch(() => undefined);
      expect(left()).toEqual([]);
    }
  }
  for (const { services: of, name } of SERVICES) {
    const all = `# What the alerts say\n\n${texts(...of)
      .sort()
      .join('\n')}`;
    // A template that fails leaves this, or a value that is not there.
    expect(all).not.toMatch(/<error|<no value>|%!/);
    await expect(all).toMatchFileSnapshot(`notifications.${name}golden.txt`);
  }
}, 180_000);
