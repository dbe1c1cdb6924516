import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { sentences, TARGET } from './text.js';

/** The lag is one figure of the server, whichever region asks: the middle one of what they saw. */
export const replicaRules = ({ runs }: Plan): Rule[] => [
  {
    record: 'target:pglatency_replication_lag_seconds:median_now',
    expr: `
      quantile by (fleet, target) (0.5,
        max by (fleet, target, region) (quantile_over_time(0.5, pglatency_replication_lag_seconds[${runs(3)}]))
      )`,
  },
  {
    record: 'target:pglatency_visibility_delay_seconds:median_now',
    expr: `
      quantile by (fleet, target) (0.5,
        max by (fleet, target, region) (quantile_over_time(0.5, pglatency_last_run_visibility_delay_seconds[${runs(3)}]))
      )`,
  },
  {
    why: `The share of runs whose row did not arrive. While operations on the target fail, that alert says it.`,
    record: 'target:pglatency_visibility_failures:ratio_5m',
    expr: `
      sum by (fleet, target) (increase(pglatency_visibility_failures_total[${runs(5)}]))
      / (sum by (fleet, target) (increase(pglatency_runs_total{trigger="schedule"}[${runs(5)}])) > 0)`,
  },
];

export const replicaAlerts = ({ runs }: Plan): Rule[] => [
  {
    alert: 'PglatencyReplicaBehind',
    expr: 'target:pglatency_replication_lag_seconds:median_now > 300',
    for: '2m',
    keepFiringFor: '5m',
    severity: 'page',
    operation: 'all',
    summary: `${TARGET}: {{ $value | humanizeDuration }} behind its primary; normal is under a second`,
    description: sentences(
      'First look at pg_stat_wal_receiver on the replica, and in pg_stat_activity for a query that blocks the replay.',
      'Applications that read there get old data.',
    ),
    scope: 'target',
  },
  {
    alert: 'PglatencyReplicaLagging',
    expr: 'target:pglatency_replication_lag_seconds:median_now > 30',
    for: runs(5),
    severity: 'ticket',
    operation: 'all',
    summary: `${TARGET}: {{ $value | humanizeDuration }} behind its primary; normal is under a second`,
    description:
      'First look for a long query on the replica and for a burst of writes on the primary: both delay the replay.',
    scope: 'target',
  },
  {
    alert: 'PglatencyVisibilitySlow',
    expr: 'target:pglatency_visibility_delay_seconds:median_now > 5',
    for: runs(5),
    severity: 'ticket',
    operation: 'all',
    summary: `${TARGET}: a row that was written is visible after {{ $value | humanizeDuration }}; normal is under a second`,
    description:
      'First look at the replication lag that the server reports. If there is none, it is the network between primary and replica, or a commit that waits.',
    scope: 'target',
  },
  {
    alert: 'PglatencyVisibilityFailing',
    expr: `
      target:pglatency_visibility_failures:ratio_5m > 0.5
      unless on (fleet, target) max_over_time(target:pglatency_all_regions_failing:bool[${runs(10)}]) == 1
      unless on (fleet, target) max_over_time(region:pglatency_failing:bool[${runs(10)}]) == 1`,
    for: runs(5),
    severity: 'ticket',
    operation: 'all',
    summary: `${TARGET}: {{ $value | humanizePercentage }} of the written rows do not arrive there in time`,
    description:
      'First check whether the replica still follows its primary, and whether it is the primary that pglatency.yaml names.',
    scope: 'target',
  },
];
