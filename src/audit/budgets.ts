import type { Budget, MaxTrips } from './options.js';
import type { Report, UnitReport } from './report/report.js';
import { cityOf, duration, plural } from './report/words.js';

export interface Limits {
  readonly maxTrips: readonly MaxTrips[];
  readonly budgets: readonly Budget[];
}

/**
 * A line for each limit that is exceeded. A limit for a unit that never came is one too: otherwise nobody would
 * notice.
 */
export function checkBudgets({ units }: Report, { maxTrips, budgets }: Limits): string[] {
  return [
    ...maxTrips.flatMap((limit) => overTrips(limit, units)),
    ...budgets.flatMap((budget) => units.flatMap((unit) => overBudget(budget, unit))),
  ];
}

function overTrips({ name, trips }: MaxTrips, units: readonly UnitReport[]): string[] {
  const meant = units.filter((unit) => name === null || unit.name === name);
  if (meant.length === 0 && name !== null) {
    return [`${name}: --max-trips names it, but no unit has this name`];
  }
  return meant.flatMap((unit) =>
    unit.trips_max === null || unit.trips_max <= trips
      ? []
      : [`${unit.name}: ${plural(unit.trips_max, 'round trip')}, and at most ${trips} are allowed`],
  );
}

function overBudget({ region, ms }: Budget, unit: UnitReport): string[] {
  const projected = unit.projected_ms?.[region];
  if (projected === undefined || projected <= ms) return [];
  return [
    `${unit.name}: ${duration(projected)} from ${cityOf(region)}, and at most ${duration(ms)} are allowed`,
  ];
}

/** An error's line in a log of GitHub Actions. */
export function githubError(line: string): string {
  const escaped = line.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
  return `::error title=pglatency audit::${escaped}`;
}
