import { falseAlarmRows, scenarioRows, type Judged } from './report.js';
import { DAY_LONG, IMPROVEMENT } from './scenarios.js';

/** What has to hold and does not, in sentences. */
export function missedGoals(judged: readonly Judged[]): string[] {
  return [...missedDelays(judged), ...missedFalseAlarms(judged)];
}

function missedDelays(judged: readonly Judged[]): string[] {
  return scenarioRows(judged).flatMap((row) => {
    const { name, goal } = row.scenario;
    const missed: string[] = [];
    if (name !== IMPROVEMENT.name && row.found < row.trials)
      missed.push(`${name}: found ${row.found} of ${row.trials}`);
    for (const [region, { median, p90 }] of Object.entries(row.regions)) {
      const late = (is: number | null, limit?: number) =>
        limit !== undefined && (is === null || is > limit);
      if (late(median, goal.median))
        missed.push(
          `${name} in ${region}: median ${median ?? '–'} min, at most ${goal.median ?? ''}`,
        );
      if (late(p90, goal.p90))
        missed.push(`${name} in ${region}: p90 ${p90 ?? '–'} min, at most ${goal.p90 ?? ''}`);
    }
    const besides = Object.values(row.besides).reduce((sum, n) => sum + n, 0);
    if ((name.startsWith('all regions') || name === IMPROVEMENT.name) && besides > 0) {
      missed.push(`${name}: ${besides} other alerts besides or after`);
    }
    if (name === DAY_LONG.name && row.held < 0.95)
      missed.push(`${name}: held ${(100 * row.held).toFixed(1)} %, at least 95`);
    if (name === DAY_LONG.name && row.resolved > 20)
      missed.push(`${name}: resolved after ${row.resolved.toFixed(1)} min, at most 20`);
    return missed;
  });
}

/** Alarms in a region-month: all of them, and pages. */
const MOST = { clean: [0.12, 0.03], 'clean, bursts doubled': [0.7, 0.7], short: [0, 0] } as const;

function missedFalseAlarms(judged: readonly Judged[]): string[] {
  return falseAlarmRows(judged).flatMap((row) => {
    const most = MOST[row.name as keyof typeof MOST] as readonly [number, number] | undefined;
    const missed: string[] = [];
    if (row.name === 'clean' && row.firstThreeDays > 0)
      missed.push(`${row.firstThreeDays} false alarms in the first three days`);
    if (most && row.alarms / row.regionMonths > most[0])
      missed.push(
        `${row.name}: ${row.alarms} false alarms in ${row.regionMonths.toFixed(1)} region-months, at most ${most[0]} in one`,
      );
    if (most && row.pages / row.regionMonths > most[1])
      missed.push(
        `${row.name}: ${row.pages} false pages in ${row.regionMonths.toFixed(1)} region-months, at most ${most[1]} in one`,
      );
    return missed;
  });
}
