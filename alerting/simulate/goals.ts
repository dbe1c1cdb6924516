import type { Delays } from './outcome.js';
import { falseAlarmRows, scenarioRows, type Judged, type ScenarioRow } from './report.js';
import { DAY_LONG, IMPROVEMENT, type Scenario } from './scenarios.js';

/** What has to hold and does not, in sentences. */
export function missedGoals(judged: readonly Judged[]): string[] {
  return [...missedDelays(judged), ...missedFalseAlarms(judged)];
}

/** Fewer trials than this in a region say nothing of that region. */
const ENOUGH_TRIALS = 5;

function missedDelays(judged: readonly Judged[]): string[] {
  return scenarioRows(judged).flatMap((row) => {
    const regions = Object.entries(row.regions).filter(([, { trials }]) => trials >= ENOUGH_TRIALS);
    return [
      ...late(row.scenario, '', row),
      ...(/^\+\d+ %$/.test(row.scenario.name)
        ? regions.flatMap(([region, delays]) => late(row.scenario, ` in ${region}`, delays))
        : []),
      ...missedOtherwise(row),
    ];
  });
}

function late({ name, goal }: Scenario, where: string, is: Delays): string[] {
  return (['median', 'p90'] as const).flatMap((which) => {
    const limit = goal[which];
    const minutes = is[which];
    if (limit === undefined || (minutes !== null && minutes <= limit)) return [];
    return [
      `${name}${where}: ${which} ${minutes?.toFixed(1) ?? 'not found'} min, at most ${limit}`,
    ];
  });
}

function missedOtherwise({
  scenario: { name, mayMiss },
  trials,
  found,
  held,
  resolved,
  besides,
}: ScenarioRow): string[] {
  const missed: string[] = [];
  const others = Object.values(besides).reduce((sum, n) => sum + n, 0);
  if (!mayMiss && found < trials) missed.push(`${name}: found ${found} of ${trials}`);
  if ((name.startsWith('all regions') || name === IMPROVEMENT.name) && others > 0) {
    missed.push(`${name}: ${others} other alerts besides or after`);
  }
  if (name === DAY_LONG.name && held < 0.95)
    missed.push(`${name}: held ${(100 * held).toFixed(1)} %, at least 95`);
  if (name === DAY_LONG.name && resolved > 20) {
    missed.push(`${name}: resolved after ${resolved.toFixed(1)} min, at most 20`);
  }
  return missed;
}

/** Alarms in a region-month: all of them, and pages. */
const MOST = {
  clean: [0.12, 0.03],
  'clean, bursts doubled': [0.7, 0.7],
  short: [0.12, 0],
} as const;

/** The short form has less than two region-months, so that the rate is rounded up there: one ticket, no page. */
const allowed = (name: string, rate: number, regionMonths: number) =>
  name === 'short' ? Math.ceil(rate * regionMonths) : rate * regionMonths;

function missedFalseAlarms(judged: readonly Judged[]): string[] {
  return falseAlarmRows(judged).flatMap((row) => {
    const most = MOST[row.name as keyof typeof MOST] as readonly [number, number] | undefined;
    const missed: string[] = [];
    if (row.name === 'clean' && row.firstThreeDays > 0)
      missed.push(`${row.firstThreeDays} false alarms in the first three days`);
    if (most && row.alarms > allowed(row.name, most[0], row.regionMonths))
      missed.push(
        `${row.name}: ${row.alarms} false alarms in ${row.regionMonths.toFixed(1)} region-months, at most ${most[0]} in one`,
      );
    if (most && row.pages > allowed(row.name, most[1], row.regionMonths))
      missed.push(
        `${row.name}: ${row.pages} false pages in ${row.regionMonths.toFixed(1)} region-months, at most ${most[1]} in one`,
      );
    return missed;
  });
}
