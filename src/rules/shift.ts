import { FLOOR_SECONDS, LIMITS } from './limits.js';
import type { Plan } from './plan.js';
import { SLOW, SLOW_WHY } from './region-slow.js';
import type { Rule } from './rule.js';
import { OF_OPERATION, sentences, value } from './text.js';
import { OPERATION_SECONDS, wasAllSlow } from './series.js';

const GAUGE = 'pglatency_last_run_operation_seconds';
/** What a shift is looked for in. Each series is narrowed to it, a quarter of what is recorded. */
const SELECT = '{operation="select", region!="hub"}';
const NORMAL = `${OPERATION_SECONDS}:baseline${SELECT}`;
const MINIMUM = `${GAUGE}{operation="select", region!="hub", statistic="min"}`;

/** What tells another route from a queue. */
const OF_MINIMUM = value(
  '100 * region_operation:pglatency_rise_of_minimum:ratio{}',
  OF_OPERATION,
  'printf "%.0f"',
  {
    before: ' Compared with the hour before, the fastest sample of a run rose ',
    after: '% as much as the median: near 100 % it is another route, near 0 % a queue.',
  },
);

/** What the last ten runs, the last hour and the hour before were. */
function windows({ runs, evaluations }: Plan): Rule[] {
  /** Eight of ten runs were slower than this; absent without enough of them. */
  const low = (count: number) => `
      quantile_over_time(0.2, ${OPERATION_SECONDS}:last[${runs(count)}])
      and count_over_time(${OPERATION_SECONDS}:last[${runs(count)}]) >= ${Math.floor(0.8 * evaluations(count))}`;
  return [
    {
      why: `A small shift that stays. The latest run's median, without the labels of the process.`,
      record: `${OPERATION_SECONDS}:last`,
      expr: `max by (fleet, target, region, operation) (${GAUGE}{operation="select", region!="hub", statistic="median"})`,
    },
    {
      why: `Eight of the last ten runs were slower than this.`,
      record: `${OPERATION_SECONDS}:low_10m`,
      expr: low(10),
    },
    {
      record: `${OPERATION_SECONDS}:low_1h`,
      expr: low(60),
    },
    {
      record: `${OPERATION_SECONDS}:hour_before`,
      expr: `
      quantile_over_time(0.5, ${OPERATION_SECONDS}:last[${runs(60)}] offset ${runs(10)})
      and count_over_time(${OPERATION_SECONDS}:last[${runs(60)}] offset ${runs(10)}) >= ${Math.floor(0.75 * evaluations(60))}`,
    },
  ];
}

export const shiftRules = (plan: Plan): Rule[] => [...windows(plan), risen(plan), ...shifted(plan)];

const risen = ({ runs }: Plan): Rule => ({
  why: `How much of what came on top of the hour before the fastest sample of a run took too. Nothing where
      the hour before was hardly quicker: the step is older than that, or there was none.`,
  record: 'region_operation:pglatency_rise_of_minimum:ratio',
  expr: `
      clamp(
        (
          max by (fleet, target, region, operation) (quantile_over_time(0.2, ${MINIMUM}[${runs(10)}]))
          - max by (fleet, target, region, operation) (quantile_over_time(0.5, ${MINIMUM}[${runs(60)}] offset ${runs(10)}))
        )
        / (${OPERATION_SECONDS}:low_10m - ${OPERATION_SECONDS}:hour_before > 0.05 * ${OPERATION_SECONDS}:hour_before),
        0, 1
      )`,
});

const shifted = ({ runs }: Plan): Rule[] => [
  {
    why: `A step: slower than normal, and than the hour before, which no wrong season and no stale baseline
      can imitate. A region that was not there an hour ago is compared with normal alone. Or less than a step:
      half an hour, or most of an hour, that is slower than normal. All need a season, so that the daily rhythm
      of a new region is none.`,
    record: 'region_operation:pglatency_shift:bool',
    expr: `
      (
        max by (fleet, target, region, operation) (
          label_replace(
            (${OPERATION_SECONDS}:low_10m > bool ${LIMITS.step} * ${NORMAL})
            * (
              (${OPERATION_SECONDS}:low_10m > bool ${LIMITS.stepSinceHour} * ${OPERATION_SECONDS}:hour_before)
              or ${OPERATION_SECONDS}:low_10m * 0 + 1
            ),
            "by", "step", "", ""
          )
          or
          label_replace(
            (${OPERATION_SECONDS}:ratio_now${SELECT} > bool ${LIMITS.shifted})
            * (${OPERATION_SECONDS}:ratio_30m > bool ${LIMITS.shifted}),
            "by", "half an hour", "", ""
          )
          or
          label_replace(${OPERATION_SECONDS}:low_1h > bool ${LIMITS.drift} * ${NORMAL}, "by", "drift", "", "")
        )
        * (${OPERATION_SECONDS}:excess_now${SELECT} > bool clamp(${NORMAL}, 0.0005, ${FLOOR_SECONDS.shifted}))
        * on (fleet, target) group_left () (1 - ${wasAllSlow(runs(35))})
      )
      and last_over_time(${OPERATION_SECONDS}:season${SELECT}[15m])`,
  },
  {
    record: 'region_operation:pglatency_shift_sustained:bool',
    expr: `min_over_time(region_operation:pglatency_shift:bool[${runs(2.5)}])`,
  },
  {
    why: `With hysteresis: once sustained, it holds for as long as the half-hour stays above 1.1. It must
      have stayed so for ten minutes, so that a bad moment after a shift does not bring it back.`,
    alert: 'PglatencyRegionShifted',
    expr: `
      ${OPERATION_SECONDS}:median_now
      and (
        region_operation:pglatency_shift:bool == 1
        or
        (
          min_over_time(${OPERATION_SECONDS}:ratio_30m[${runs(10)}]) > 1.1
          and max_over_time(region_operation:pglatency_shift_sustained:bool[${runs(180)}]) == 1
        )
      )
      unless on (fleet, target) ${wasAllSlow(runs(35))} == 1`,
    for: runs(0.5),
    severity: 'ticket',
    summary: `${SLOW}; it has shifted`,
    description: sentences(SLOW_WHY, OF_MINIMUM),
    scope: 'region-target',
  },
];
