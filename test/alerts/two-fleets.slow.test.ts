import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadRules, type Rule } from '../../alerting/rules.js';
import {
  ALERTMANAGER,
  startAlertmanager,
  startServices,
  type Services,
} from '../helpers/alertmanager.js';
import { requireTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';

const REGIONS = ['iad', 'nrt'];
const alerts = loadRules().filter(({ alert }) => alert !== null && alert !== 'PglatencyWatchdog');
const pages = alerts.filter(({ labels }) => labels['severity'] === 'page');

/** The alert of a region of a fleet, as Prometheus sends it. */
function sent({ alert, labels }: Rule, fleet: string, region: string): object {
  return {
    labels: { alertname: alert, ...labels, fleet, region, target: 'primary' },
    annotations: {
      summary: `${alert} of ${fleet}`,
      dashboard_url: 'https://g/d',
      runbook_url: 'https://r',
    },
    startsAt: new Date().toISOString(),
  };
}

let folder: string;
let services: Services;
let manager: Awaited<ReturnType<typeof startAlertmanager>> | undefined;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-two-fleets-'));
  services = await startServices();
  if (ALERTMANAGER !== null) manager = await startAlertmanager(folder, services);
});
afterAll(async () => {
  await manager?.stop();
  await services.stop();
  rmSync(folder, { recursive: true, force: true });
});

const paged = () =>
  services.sent
    .filter(({ service }) => service === 'pagerduty')
    .map(({ body }) => (body as { payload: { summary: string } }).payload.summary);

test('every page of a fleet arrives while all that there is fires in another', async (context) => {
  if (ALERTMANAGER === null)
    requireTool(context, 'prometheus-alertmanager', 'Debian package of that name');
  const post = (body: object[]) =>
    fetch(`${manager?.url ?? ''}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const staging = alerts.flatMap((rule) => REGIONS.map((region) => sent(rule, 'staging', region)));
  expect((await post(staging)).ok).toBe(true);
  // A fleet for each: within one, a page may well hold back another.
  const fleets = pages.map((rule, index) => ({ rule, fleet: `production-${index}` }));
  await post(fleets.map(({ rule, fleet }) => sent(rule, fleet, 'nrt')));
  const missing = () =>
    fleets.filter(
      ({ rule, fleet }) =>
        !paged().some((line) => line.startsWith(`${rule.alert} of ${fleet}; since `)),
    );
  await until(() => missing().length === 0, {
    what: 'all pages of production arrive',
    withinMs: 40_000,
  }).catch(() => undefined);
  expect(missing()).toEqual([]);
  // The rules of inhibition are at work: of one fleet, the region's page waits for that of all regions.
  expect(paged().join()).toContain('PglatencyAllRegionsFailing of staging');
  expect(paged().join()).not.toContain('PglatencyRegionFailing of staging');
}, 60_000);
