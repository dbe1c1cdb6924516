import { BUILT_IN_OPERATIONS } from '../src/config/target.js';
import { CONNECT_BUCKETS, METRICS, OPERATION_BUCKETS } from '../src/metrics/names.js';
import type { Samples } from './recent-scrapes.js';
import { OBJECTIVE_BOUNDS } from '../src/rules/objective.js';

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
const SCRAPE = 15;
const FLEET = 'pglatency';
const PHASES = ['dns', 'tcp', 'tls', 'startup'];

/**
 * The history of one region that is well, with one database, over the longest range in which a rule reads each
 * series: what its backend exports, and what the rules recorded.
 */
export async function writeRegion(
  to: (series: string, samples: Samples) => Promise<void>,
  region: string,
  now: number,
): Promise<void> {
  const own = `fleet="${FLEET}",region="${region}"`;
  const backend = `${own},instance="${region}:8080",job="pglatency"`;
  const write = async (
    name: string,
    labels: string,
    { seconds, step = SCRAPE, ago = 0 }: { seconds: number; step?: number; ago?: number },
    value: (index: number) => number,
  ) => {
    const count = Math.floor(seconds / step);
    await to(
      `${name}{${labels}}`,
      Array.from({ length: count }, (_, i) => [value(i), now - ago - (count - i) * step] as const),
    );
  };
  const counter = (index: number) => index;
  const recent = { seconds: 35 * MINUTE };

  for (const operation of BUILT_IN_OPERATIONS) {
    const series = `${backend},target="primary",operation="${operation}"`;
    for (const statistic of ['median', 'max', 'min']) {
      const labels = `${series},statistic="${statistic}"`;
      await write(METRICS.lastRunOperation.name, labels, { seconds: 75 * MINUTE }, noisy);
    }
    await write(
      METRICS.operations.name,
      `${series},outcome="success"`,
      { seconds: 65 * MINUTE },
      counter,
    );
    await write(
      METRICS.operations.name,
      `${series},outcome="failure"`,
      { seconds: 65 * MINUTE },
      () => 0,
    );
    const buckets = operation === 'connect' ? CONNECT_BUCKETS : OPERATION_BUCKETS;
    for (const le of [...buckets, '+Inf']) {
      const isOffered =
        !['connect', 'ping'].includes(operation) && OBJECTIVE_BOUNDS.some((bound) => bound === le);
      const seconds = (isOffered ? 65 : 6) * MINUTE;
      await write(
        `${METRICS.operationDuration.name}_bucket`,
        `${series},le="${le}"`,
        { seconds },
        counter,
      );
    }
  }
  for (const phase of PHASES) {
    const labels = `${backend},target="primary",phase="${phase}"`;
    for (const part of ['sum', 'count']) {
      await write(`${METRICS.connectPhase.name}_${part}`, labels, recent, counter);
    }
  }
  const gauges: [string, string, number][] = [
    [METRICS.scheduleInterval.name, '', MINUTE],
    [METRICS.lastRunTimestamp.name, ',target="primary"', now],
    ['pglatency_schedule_last_planned_timestamp_seconds', '', now],
    ['pglatency_schedule_next_run_timestamp_seconds', '', now + MINUTE],
    ['pglatency_tls_certificate_not_after_timestamp_seconds', ',target="primary"', now + 90 * DAY],
    ['pglatency_schedule_skipped_total', ',reason="missed"', 0],
    ['pglatency_schedule_skipped_total', ',reason="overlap"', 0],
    ['pglatency_runs_total', ',target="primary",trigger="schedule",outcome="success"', 9],
    ['pglatency_runs_total', ',target="primary",trigger="schedule",outcome="failure"', 0],
    ['pglatency_worker_restarts_total', '', 0],
    ['pglatency_probe_table_rows', ',target="primary"', 600],
    ['pglatency_target_info', ',target="primary",mode="read-write",follows=""', 1],
    ['nodejs_eventloop_lag_p99_seconds', '', 0.01],
    ['process_start_time_seconds', '', now - DAY],
    ['up', '', 1],
  ];
  for (const [name, more, value] of gauges) {
    await write(name, `${backend}${more}`, recent, () => value);
  }

  const target = `${own},target="primary"`;
  const evaluations = (seconds: number, step = MINUTE) => ({ seconds, step });
  const prefix = 'region_operation:pglatency_';
  for (const operation of BUILT_IN_OPERATIONS) {
    const labels = `${target},operation="${operation}"`;
    const seconds = `${prefix}operation_seconds`;
    await write(`${seconds}:history`, labels, evaluations(26 * HOUR, 300), noisy);
    await write(`${seconds}:half_hourly`, labels, evaluations(8 * DAY, 1_800), noisy);
    await write(`${seconds}:hour_of_day_ratio`, labels, evaluations(4 * DAY, 300), () => 1);
    await write(`${seconds}:hour_to_day_ratio`, labels, evaluations(HOUR, 300), () => 1);
    await write(`${seconds}:day`, labels, evaluations(2 * HOUR, 300), () => 0.1);
    await write(`${seconds}:floor`, labels, evaluations(900, 300), () => 0.1);
    await write(`${seconds}:learned_baseline`, labels, evaluations(900, 300), () => 0.1);
    await write(`${seconds}:season`, labels, evaluations(900, 300), () => 1);
    for (const ago of [3 * DAY, 0]) {
      const quarter = { ...evaluations(900, 30), ago };
      await write(`${seconds}:median_now`, labels, quarter, noisy);
    }
  }
  const select = `${target},operation="select"`;
  await write(`${prefix}operation_seconds:last`, select, evaluations(75 * MINUTE, 30), noisy);
  await write(`${prefix}operation_seconds:ratio_30m`, select, evaluations(900, 30), () => 1);
  await write(`${prefix}shift_sustained:bool`, select, evaluations(3 * HOUR, 30), () => 0);
  await write(`${prefix}tail_run:bool`, select, evaluations(HOUR, 30), () => 0);
  for (const phase of PHASES) {
    const name = 'region_phase:pglatency_connect_phase_seconds';
    await write(
      `${name}:history`,
      `${target},phase="${phase}"`,
      evaluations(26 * HOUR, 1_800),
      noisy,
    );
    await write(`${name}:baseline`, `${target},phase="${phase}"`, evaluations(900, 300), () => 0.1);
  }
  for (const name of ['ratio_3m', 'ratio_5m', 'ratio_30m', 'increase_3m', 'increase_30m']) {
    await write(
      `region:pglatency_operation_failures:${name}`,
      target,
      evaluations(130 * MINUTE),
      () => 0,
    );
  }
  for (const name of ['ratio_5m', 'increase_30m']) {
    await write(
      `region:pglatency_connect_failures:${name}`,
      target,
      evaluations(130 * MINUTE),
      () => 0,
    );
  }
  await write('region:pglatency_failing:bool', target, evaluations(900), () => 0);
  await write('region:pglatency_heard:bool', own, evaluations(DAY), () => 1);
  await write('region:pglatency_known:bool', target, evaluations(HOUR, 30), () => 1);
  await write('region:pglatency_state:code', target, evaluations(HOUR, 30), () => 0);
  await write(
    'region:pglatency_state:since_timestamp',
    target,
    evaluations(HOUR, 30),
    () => now - DAY,
  );
  const certificate = 'region:pglatency_certificate_end_timestamp_seconds:seen';
  await write(certificate, target, evaluations(3 * DAY, 2 * MINUTE), () => now + 90 * DAY);
}

const noisy = (index: number) => Number((0.1 + 0.01 * Math.sin(index)).toFixed(6));
