import { latest, MEASURED } from './failure-ratios.js';
import { LIMITS } from './limits.js';
import type { Plan } from './plan.js';
import type { Rule } from './rule.js';
import { OF_REGION_TARGET, reason, REGION_TARGET, sentences } from './text.js';

const FAIL = `${REGION_TARGET}: {{ $value | humanizePercentage }} of the operations fail; normal is none`;

const whatFails = (window: string) =>
  sentences(
    'First check whether other regions fail too. If only this one fails, it is its path, its tunnel or its password.',
    '{{ $labels.region }}, ping, select and insert: {{ $value | humanizePercentage }} failed.',
    reason('pglatency_operation_failures_total{}', OF_REGION_TARGET, window),
  );

/** Some of the operations fail, for half an hour and now. */
export const errors = ({ failures }: Pick<Plan, 'failures'>) => `
      ${latest('region:pglatency_operation_failures:ratio_30m')} > ${LIMITS.errors}
      and ${latest('region:pglatency_operation_failures:ratio_5m')} > ${LIMITS.errors}
      and ${latest('region:pglatency_operation_failures:increase_30m')} >= ${failures(10)}
      ${MEASURED}`;

/** All operations of a region failed, so lately that windows of some runs still hold it. */
const wasFailing = (runs: Plan['runs']) =>
  `max_over_time(region:pglatency_failing:bool[${runs(6)}]) == 1`;

/** New connections fail while the open one works. */
export const connectFails = ({ runs }: Pick<Plan, 'runs'>) => `
      ${latest('region:pglatency_connect_failures:ratio_5m')} > ${LIMITS.connectFailing}
      and ${latest('region:pglatency_connect_failures:increase_30m')} >= 2
      ${MEASURED}
      unless ${wasFailing(runs)}`;

export const failuresRules = ({ runs, failures }: Plan): Rule[] => [
  {
    why: `Silent while all fail, and for as long after as the window of three runs holds failures.`,
    alert: 'PglatencyRegionFailing',
    expr: `
      ${latest('region:pglatency_operation_failures:ratio_3m')}
      and region:pglatency_failing:bool == 1
      unless on (fleet, target) max_over_time(target:pglatency_all_regions_failing:bool[${runs(5)}]) == 1`,
    for: '2m',
    severity: 'page',
    operation: 'all',
    summary: FAIL,
    description: whatFails(runs(5)),
    scope: 'region-target',
  },
  {
    alert: 'PglatencyRegionErrors',
    expr: `${errors({ failures })}
      unless ${wasFailing(runs)}
      unless on (fleet, target) max_over_time(target:pglatency_all_regions_failing:bool[${runs(35)}]) == 1`,
    for: '2m',
    severity: 'ticket',
    operation: 'all',
    summary: FAIL,
    description: whatFails(runs(5)),
    scope: 'region-target',
  },
];

export const connectFailuresRules = ({ runs }: Plan): Rule[] => [
  {
    why: `New connections fail while the warm one still works: the connection limit, TLS, a password
      that was changed. Applications that restart now will not come back. Where all operations failed, the
      window of five runs holds failures for some runs after that.`,
    alert: 'PglatencyConnectFailing',
    expr: `${connectFails({ runs })}
      unless on (fleet, target) max_over_time(target:pglatency_all_regions_failing:bool[${runs(10)}]) == 1`,
    for: '2m',
    severity: 'page',
    operation: 'connect',
    summary: `${REGION_TARGET}: {{ $value | humanizePercentage }} of the new connections fail; open ones work`,
    description: sentences(
      'First look at the connection limit of the server, its certificate and the password. An application that restarts now cannot connect.',
      '{{ $labels.region }}, connect: {{ $value | humanizePercentage }} failed; normal is none.',
      reason('pglatency_operation_failures_total{,operation="connect"}', OF_REGION_TARGET, runs(5)),
    ),
    scope: 'region-target',
  },
];
