import { loadRules, type Rule } from '../rules.js';
import type { RegionModel } from './traffic.js';

export interface Choice {
  /** Default: prometheus/rules. */
  readonly folder: string | undefined;
  /** Default: all of them. */
  readonly alerts: readonly string[] | undefined;
  readonly fleet: readonly RegionModel[];
  /** Whether each region expects its own round trip, and not what the file says of it. */
  readonly expectOwn: boolean;
}

/**
 * The rules to evaluate over a fleet. What no chosen alert reads is left out later.
 *
 * @throws for an alert that is not there
 */
export function chosenRules({ folder, alerts, fleet, expectOwn }: Choice): Rule[] {
  const all = loadRules(folder);
  const names = all.flatMap(({ alert }) => alert ?? []);
  const unknown = alerts?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`no alert is named "${unknown}"; there are: ${names.sort().join(', ')}`);
  }
  return all
    .filter(({ alert }) => alert === null || !alerts || alerts.includes(alert))
    .flatMap((rule) => {
      if (rule.file !== 'expected-regions.yml') return [rule];
      // Who lists other regions than the fleet has would hear of their silence.
      const own = fleet.find(({ region }) => region === rule.labels['region']);
      if (!own) return [];
      return [expectOwn ? { ...rule, expr: `vector(${own.roundTripMs / 1_000})` } : rule];
    });
}
