import { COUNT_RECORD, WITHIN_RECORD } from '../rules/objective.js';
import { SINCE_RECORD, STATE_RECORD } from '../rules/states.js';
import { METRICS } from '../metrics/names.js';

/**
 * The recorded series of prometheus/rules that the dashboards read. A test holds the list against the
 * rule files.
 */
export const RECORDED = {
  silent: 'region:pglatency_silent:bool',
  medianNow: 'region_operation:pglatency_operation_seconds:median_now',
  baseline: 'region_operation:pglatency_operation_seconds:baseline',
  ratioNow: 'region_operation:pglatency_operation_seconds:ratio_now',
  pathShare: 'region:pglatency_path_share:ratio',
  excessOnPath: 'region:pglatency_excess_on_path:ratio',
  writeCost: 'target:pglatency_write_cost_seconds:median_now',
  allSlow: 'target:pglatency_all_regions_slow:bool',
  state: STATE_RECORD,
  since: SINCE_RECORD,
  within: WITHIN_RECORD,
  counted: COUNT_RECORD,
  failureRatio: 'region:pglatency_operation_failures:ratio_5m',
  connectFailureRatio: 'region:pglatency_connect_failures:ratio_5m',
} as const;

/** Series of Node.js, of its process and of Prometheus, which names.ts does not list. */
export const PROCESS = {
  startTime: 'process_start_time_seconds',
  residentMemory: 'process_resident_memory_bytes',
  cpu: 'process_cpu_seconds_total',
  heapUsed: 'nodejs_heap_size_used_bytes',
  loopLagP50: 'nodejs_eventloop_lag_p50_seconds',
  loopLagP99: 'nodejs_eventloop_lag_p99_seconds',
} as const;

export const ALERTS = 'ALERTS';
/** Its value is when the alert's condition became true, in Unix seconds. */
export const ALERTS_SINCE = 'ALERTS_FOR_STATE';
export const FIRING = 'alertstate="firing"';
/** Always firing: with it, no other alert means that there is none. */
export const WATCHDOG = 'PglatencyWatchdog';

export const BUCKET = `${METRICS.operationDuration.name}_bucket`;

/** `name{matcher, …}`. */
export function of(name: string, ...matchers: readonly string[]): string {
  return `${name}{${matchers.join(', ')}}`;
}

export const IN_TARGET = 'target="$target"';
export const IN_REGION = 'fleet="$fleet", region=~"$region"';
/** What belongs to a target, and to no region. */
export const OF_TARGET = 'fleet="$fleet", target="$target"';
/** Alerts of a whole target have no region, those of a region's process no target. */
export const ALERT_IN_SCOPE = 'fleet=~"$fleet|", target=~"$target|", region=~"$region|"';
/** The same, whichever target is chosen: who looks at one database has to see that another one is down. */
export const OF_ANY_TARGET = 'fleet=~"$fleet|", region=~"$region|"';
export const OUR_ALERTS = `alertname=~"Pglatency.+", alertname!="${WATCHDOG}"`;

/** Without what is no number: a quantile of nothing. */
export const finite = (expr: string): string => `(${expr}) >= 0`;

interface Distribution {
  /** Of a histogram, without `_bucket`. */
  readonly name: string;
  readonly matchers: readonly string[];
  /** The labels of a line; none: one line for all. */
  readonly by?: readonly string[];
  /** A duration. */
  readonly over: string;
}

/**
 * A quantile of what was measured in that time, absent where nothing was. Of the buckets, or of the native histogram
 * that Prometheus 3 makes of them where it is asked to, which has no buckets beside it.
 */
export function quantileOf(of_: number, { name, matchers, by = [], over }: Distribution): string {
  const quantileBy = (labels: readonly string[], series: string) =>
    `histogram_quantile(${of_}, sum by (${labels.join(', ')}) (rate(${of(series, ...matchers)}[${over}])))`;
  return finite(`${quantileBy([...by, 'le'], `${name}_bucket`)} or ${quantileBy(by, name)}`);
}

/**
 * Of the operations of the last five minutes. It is not recorded: for all regions at all times that took half of the
 * time of all rules, and a dashboard asks for a few regions at a few times.
 */
export const quantile = (
  of_: number,
  matchers: readonly string[],
  by: readonly string[] = [],
): string => quantileOf(of_, { name: METRICS.operationDuration.name, matchers, by, over: '5m' });

/** Only what a backend exports of itself: other processes have a start time and a memory as well. */
export function ofBackend(name: string): string {
  return `${of(name, IN_REGION)} and on (fleet, region, instance) ${METRICS.scheduleInterval.name}`;
}

/** A matcher of one operation. */
export function operation(name: 'ping' | 'select' | 'insert' | 'connect'): string {
  return `operation="${name}"`;
}
