import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { fleetDashboard } from './fleet.js';
import { objectivesDashboard } from './objectives.js';
import { regionDashboard } from './region.js';

/**
 * Grafana 11.0's version of the classic model. Newer servers bring it up to theirs when they load it;
 * an older one does not bring a newer one down.
 */
const SCHEMA_VERSION = 39;

/** Every dashboard, by the name of its file. */
export function allDashboards(): ReadonlyMap<string, Dashboard> {
  return new Map(
    [
      ['fleet.json', fleetDashboard()] as const,
      ['region.json', regionDashboard()] as const,
      ['objectives.json', objectivesDashboard()] as const,
    ].map(([file, dashboard]) => [file, { ...dashboard, schemaVersion: SCHEMA_VERSION }]),
  );
}

/** A dashboard as it is committed. */
export function toJson(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
