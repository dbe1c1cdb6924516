import { UIDS } from './dashboard-uids.js';
import type { RulesFleet } from './fleet.js';
import type { Alert, Scope } from './rule.js';

const DASHBOARDS: Readonly<Record<Scope, string>> = {
  'region-target': `${UIDS.region}?var-fleet={{ $labels.fleet }}&var-target={{ $labels.target }}&var-region={{ $labels.region }}`,
  region: `${UIDS.region}?var-fleet={{ $labels.fleet }}&var-region={{ $labels.region }}`,
  target: `${UIDS.fleet}?var-fleet={{ $labels.fleet }}&var-target={{ $labels.target }}`,
  none: UIDS.fleet,
};

/** Where an alert's text leads: what to do about it, and the figures behind it. */
export function linksOf(
  { alert, scope }: Alert,
  { grafana, runbook }: RulesFleet['links'],
): { readonly runbook_url: string; readonly dashboard_url: string } {
  return {
    runbook_url: `${runbook}#${alert.toLowerCase()}`,
    dashboard_url: `${grafana}/d/${DASHBOARDS[scope]}`,
  };
}
