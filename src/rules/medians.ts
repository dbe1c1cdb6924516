import type { Plan } from './plan.js';
import type { Rule } from './rule.js';

const LISTED = 'region_target:pglatency_expected_select_seconds:constant';

/** 1.2 × what is expected of a target in a region. A target of which nothing is expected has no normal yet. */
const expected = (listed: string, labels: string) => `(
        0 * region_operation:pglatency_operation_seconds:median_now{operation!="connect"}
        + on (${labels}) group_left () (1.2 * ${listed} > 0)
      )`;

/** A list without a fleet's name stands for each fleet's. */
const EXPECTED_OF_ANY_FLEET = `${expected(`${LISTED}{fleet!=""}`, 'fleet, target, region')}
      or
      ${expected(`${LISTED}{fleet=""}`, 'target, region')}`;

/** Where the latest run is no longer now. */
export const RESTING = `unless on (fleet, target, region) region:pglatency_resting:bool`;

export const mediansRules = ({ fleet, runs, runsIn, successes, restSeconds }: Plan): Rule[] => [
  {
    why: `An uneven schedule rests, and the latest run stands for now until the next. It is one run, and must not
      fill a window of several.`,
    record: 'region:pglatency_resting:bool',
    expr: `
      (
        max by (fleet, target, region) (pglatency_last_run_timestamp_seconds)
        >= on (fleet, region) group_left () max by (fleet, region) (pglatency_schedule_last_planned_timestamp_seconds)
        < time() - ${restSeconds}
      ) * 0 + 1`,
  },
  {
    why: `Absent without enough successes. They are counted over twice the window: a region that becomes so slow
      that a run lasts longer than the time to the next skips every second run, and must not lose its alerts.`,
    record: 'region_operation:pglatency_operation_seconds:median_now',
    expr: `
      (
        max by (fleet, target, region, operation) (
          quantile_over_time(0.5, pglatency_last_run_operation_seconds{operation!="connect", statistic="median"}[${runs(3)}])
        )
        and
        sum by (fleet, target, region, operation) (
          increase(pglatency_operations_total{operation!="connect", outcome="success"}[${runs(6)}])
        ) >= ${successes(1.5)}
        ${RESTING}
      )
      or
      (
        max by (fleet, target, region, operation) (
          quantile_over_time(0.5, pglatency_last_run_operation_seconds{operation="connect", statistic="median"}[${runs(15)}])
        )
        and
        sum by (fleet, target, region, operation) (
          increase(pglatency_operations_total{operation="connect", outcome="success"}[${runs(15)}])
        ) >= ${runsIn(5)}
        ${RESTING}
      )`,
  },
  {
    why: `Normal. Before a day of history: 1.2 × what expected-regions.yml says, coarse on purpose.`,
    record: 'region_operation:pglatency_operation_seconds:baseline',
    expr: `
      last_over_time(region_operation:pglatency_operation_seconds:learned_baseline[15m])
      or
      ${fleet.fleet === null ? EXPECTED_OF_ANY_FLEET : expected(LISTED, 'fleet, target, region')}`,
  },
];
