import type { Firing } from '../../src/replay/firing.js';
import { delays, judge, unexplained, type Delays, type Outcome } from './outcome.js';
import type { Plan } from './plans.js';
import type { Scenario } from './scenarios.js';

/** One simulated trace, judged; plain data, for the table and for --json. */
export interface Judged {
  readonly seed: string;
  readonly plan: Plan;
  readonly regions: readonly string[];
  readonly outcomes: readonly Outcome[];
  readonly falseAlarms: readonly Firing[];
}

export function judgeTrace(
  seed: string,
  plan: Plan,
  regions: readonly string[],
  fired: readonly Firing[],
): Judged {
  return {
    seed,
    plan,
    regions,
    outcomes: plan.trials.map((trial) => judge(trial, fired)),
    falseAlarms: unexplained(fired, plan.trials),
  };
}

export interface ScenarioRow extends Delays {
  readonly scenario: Scenario;
  readonly regions: Readonly<Record<string, Delays>>;
  /** Shares of the fault's time. */
  readonly held: number;
  /** Minutes from the fault's end to the last alert's, the longest. */
  readonly resolved: number;
  /** Other alerts about the same region or, for a fault of all, any other alert. */
  readonly besides: Readonly<Record<string, number>>;
}

/** One row a scenario, over all seeds. */
export function scenarioRows(judged: readonly Judged[]): ScenarioRow[] {
  const outcomes = judged.flatMap((trace) => trace.outcomes);
  const scenarios = [
    ...new Map(outcomes.map((o) => [o.trial.scenario.name, o.trial.scenario])).values(),
  ];
  return scenarios.map((scenario) => {
    const own = outcomes.filter((o) => o.trial.scenario.name === scenario.name);
    const regions = [...new Set(own.map((o) => o.trial.fault.region))];
    return {
      scenario,
      ...delays(own),
      regions: Object.fromEntries(
        regions.map((region) => [
          region,
          delays(own.filter((o) => o.trial.fault.region === region)),
        ]),
      ),
      held: own.reduce((sum, o) => sum + o.held, 0) / own.length,
      resolved: Math.max(...own.map((o) => o.resolved ?? 0)),
      besides: count(own.flatMap((o) => o.besides.map((f) => f.alert))),
    };
  });
}

const REGION_MONTH_DAYS = 30;

export interface FalseAlarmRow {
  readonly name: string;
  readonly regionMonths: number;
  readonly alarms: number;
  readonly pages: number;
  readonly firstThreeDays: number;
  readonly byAlert: Readonly<Record<string, number>>;
}

/** One row a kind of trace: what fired that no fault explains. */
export function falseAlarmRows(judged: readonly Judged[]): FalseAlarmRow[] {
  return [...new Set(judged.map(({ plan }) => plan.name))].map((name) => {
    const own = judged.filter(({ plan }) => plan.name === name);
    const alarms = own.flatMap((trace) => trace.falseAlarms);
    return {
      name,
      regionMonths: own.reduce(
        (sum, t) => sum + (t.plan.days * t.regions.length) / REGION_MONTH_DAYS,
        0,
      ),
      alarms: alarms.length,
      pages: alarms.filter(({ severity }) => severity === 'page').length,
      firstThreeDays: alarms.filter(({ from }) => from < 3 * 86_400).length,
      byAlert: count(alarms.map(({ alert }) => alert)),
    };
  });
}

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** A Markdown report. */
export function render(judged: readonly Judged[]): string {
  const lines = [
    '| fault | trials | found | median | p90 | slowest region | held | resolved | besides |',
    '|---|---|---|---|---|---|---|---|---|',
  ];
  for (const row of scenarioRows(judged)) {
    const slowest = Math.max(...Object.values(row.regions).map(({ median }) => median ?? Infinity));
    lines.push(
      `| ${[row.scenario.name, row.trials, row.found, minutes(row.median), minutes(row.p90), minutes(slowest), `${(100 * row.held).toFixed(0)} %`, minutes(row.resolved), list(row.besides)].join(' | ')} |`,
    );
  }
  lines.push(
    '',
    '| traffic | region-months | false alarms | pages | in the first three days | a region-month | which |',
    '|---|---|---|---|---|---|---|',
  );
  for (const row of falseAlarmRows(judged)) {
    lines.push(
      `| ${[row.name, row.regionMonths.toFixed(1), row.alarms, row.pages, row.firstThreeDays, (row.alarms / row.regionMonths).toFixed(2), list(row.byAlert)].join(' | ')} |`,
    );
  }
  return lines.join('\n');
}

/** One line an alert, in minutes of the file that the traffic came from. */
export function alarmLines(alarms: readonly Firing[], firstMinute: number): string[] {
  const minute = (seconds: number) => firstMinute + Math.floor(seconds / 60);
  return alarms.map(
    ({ alert, severity, labels, from, to }) =>
      `${labels['region'] ?? 'all regions'}, minute ${minute(from)} to ${minute(to)}: ${alert} (${severity})`,
  );
}

function minutes(value: number | null): string {
  return value === null || !Number.isFinite(value) ? '–' : value.toFixed(1);
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, n]) => `${name.replace('Pglatency', '')} × ${n}`)
    .join(', ');
}
