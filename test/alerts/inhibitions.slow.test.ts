import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadRules } from '../../alerting/rules.js';
import {
  ALERTMANAGER,
  readConfiguration,
  runAlertmanager,
  type Configuration,
} from '../helpers/alertmanager.js';
import { requireTool } from '../helpers/tools.js';

/** What silences what, when all of the named labels are the same. */
const SILENCES: [source: string, same: Label[], silenced: string[]][] = [
  ['AllRegionsSilent', ['fleet'], ['RegionSilent']],
  [
    'AllRegionsFailing',
    ['fleet', 'target'],
    [
      ...['AllRegionsSlow', 'RegionFailing', 'RegionErrors', 'RegionSurged', 'RegionSlow'],
      ...['RegionShifted', 'RegionTail', 'ConnectSlow', 'ConnectFailing', 'AddressFailing'],
      'WritesSlow',
    ],
  ],
  [
    'AllRegionsSlow',
    ['fleet', 'target'],
    ['RegionSurged', 'RegionSlow', 'RegionShifted', 'RegionTail', 'ConnectSlow', 'WritesSlow'],
  ],
  [
    'RegionSilent',
    ['fleet', 'region'],
    [
      ...['RegionFailing', 'RegionErrors', 'RegionSurged', 'RegionSlow', 'RegionShifted'],
      ...['RegionTail', 'ConnectSlow', 'ConnectFailing', 'AddressFailing', 'ScheduleStale'],
      ...['ScheduleSkips', 'BackendRestarting', 'WorkerRestarting', 'EventLoopLate'],
      ...['ProbeTableGrows', 'BaselineMissing', 'TunnelDown', 'TunnelContested'],
    ],
  ],
  [
    'ScheduleStale',
    ['fleet', 'target', 'region'],
    [
      ...['RegionFailing', 'RegionErrors', 'RegionSurged', 'RegionSlow', 'RegionShifted'],
      ...['RegionTail', 'ConnectSlow', 'ConnectFailing', 'AddressFailing', 'ScheduleSkips'],
    ],
  ],
  ['ReplicaBehind', ['fleet', 'target'], ['ReplicaLagging', 'VisibilitySlow', 'VisibilityFailing']],
  [
    'RegionFailing',
    ['fleet', 'target', 'region'],
    [
      ...['RegionErrors', 'RegionSurged', 'RegionSlow', 'RegionShifted', 'RegionTail'],
      ...['ConnectSlow', 'ConnectFailing', 'AddressFailing'],
    ],
  ],
  ['ConnectFailing', ['fleet', 'target', 'region'], ['ConnectSlow', 'AddressFailing']],
  ['RegionSurged', ['fleet', 'target', 'region'], ['RegionSlow', 'RegionShifted', 'RegionTail']],
  ['RegionSlow', ['fleet', 'target', 'region'], ['RegionShifted', 'RegionTail']],
  ['CertificateExpired', ['fleet', 'target'], ['CertificateEnds', 'CertificateEndsSoon']],
  ['CertificateEnds', ['fleet', 'target'], ['CertificateEndsSoon']],
];

type Label = 'fleet' | 'target' | 'region';
const LABELS: Label[] = ['fleet', 'target', 'region'];
const names = loadRules().flatMap(({ alert }) => alert?.replace('Pglatency', '') ?? []);
const sources = names.filter((name) => name !== 'Watchdog');

/** Each alert as a source, beside each other alert that differs from it in one label or in none. */
const pairs = sources.flatMap((source) =>
  names
    .filter((name) => name !== source)
    .flatMap((other) =>
      [null, ...LABELS].map((differs) => ({
        id: `${source} > ${other}${differs === null ? '' : ` of another ${differs}`}`,
        source,
        other,
        differs,
      })),
    ),
);

const expected = pairs
  .filter(({ source, other, differs }) =>
    SILENCES.some(
      ([name, same, silenced]) =>
        name === source && silenced.includes(other) && !same.some((label) => label === differs),
    ),
  )
  .map(({ id }) => id)
  .sort();

/** The committed inhibitions, with nobody to notify. */
const configuration: Configuration = {
  route: { receiver: 'nobody' },
  receivers: [{ name: 'nobody' }],
  inhibit_rules: readConfiguration().inhibit_rules ?? [],
};

let folder: string;
let manager: Awaited<ReturnType<typeof runAlertmanager>> | undefined;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-inhibitions-'));
  if (ALERTMANAGER === null) return;
  manager = await runAlertmanager(folder, configuration);
  await fire(manager.url);
});
afterAll(async () => {
  await manager?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A fleet for each pair: no other alert is in it. */
async function fire(url: string): Promise<void> {
  const alerts = pairs.flatMap(({ id, source, other, differs }) => {
    const labels = { fleet: id, target: 'primary', region: 'nrt' };
    const changed = differs === null ? {} : { [differs]: `another than ${labels[differs]}` };
    return [
      { labels: { alertname: `Pglatency${source}`, ...labels } },
      { labels: { alertname: `Pglatency${other}`, ...labels, ...changed, silenced_in: id } },
    ];
  });
  const answer = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  });
  expect(answer.status).toBe(200);
}

async function silenced(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/v2/alerts?active=false`);
  const alerts = (await answer.json()) as { labels: { silenced_in?: string } }[];
  return alerts.flatMap(({ labels }) => labels.silenced_in ?? []).sort();
}

test('an alert silences what it explains, of the same fleet, and nothing else', async (context) => {
  if (manager === undefined)
    requireTool(context, 'prometheus-alertmanager', 'Debian package of that name');
  expect(await silenced(manager?.url ?? '')).toEqual(expected);
});
