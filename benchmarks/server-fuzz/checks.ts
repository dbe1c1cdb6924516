import { valueOf, type Series } from '../../test/helpers/exposition.js';

/** What a backend says of itself at one moment. */
export interface Observation {
  readonly series: readonly Series[];
  readonly logs: readonly Record<string, unknown>[];
}

type Log = Record<string, unknown>;

/** No text of a server is passed on longer than this, with what is said beside it. */
const MAX_MESSAGE_LENGTH = 1_200;
const ERROR_LEVEL = 50;

/** What is wrong with it; empty: nothing. */
export function findFaults(
  { series, logs }: Observation,
  { healthy, targets }: { healthy: string; targets: number },
): string[] {
  const value = (name: string, labels?: Record<string, string>) =>
    valueOf(series, name, labels) ?? 0;
  return [
    ...crashes(value, logs),
    ...missingRuns(value, targets),
    ...uncountedOperations(series, value),
    ...ownFaults(logs),
    ...sickHealthy(value, healthy, logs),
    ...badNumbers(series),
    ...badTexts(logs),
  ];
}

type Value = (name: string, labels?: Record<string, string>) => number;

function crashes(value: Value, logs: readonly Log[]): string[] {
  const restarts = value('pglatency_worker_restarts_total');
  const loud = logs.filter(({ level }) => Number(level) >= ERROR_LEVEL);
  return [
    ...(restarts > 0 ? [`the thread crashed ${restarts} times`] : []),
    ...loud.slice(0, 3).map((line) => `logged: ${JSON.stringify(line).slice(0, 2_000)}`),
  ];
}

/** Each tick of each target is a run that has ended, one that is under way, or one that was left out. */
function missingRuns(value: Value, targets: number): string[] {
  const due = value('pglatency_schedule_delay_seconds_count') * targets;
  const ended = value('pglatency_runs_total', { trigger: 'schedule' });
  const leftOut = value('pglatency_schedule_skipped_total', { reason: 'overlap' });
  const underWay = due - ended - leftOut;
  return underWay < 0 || underWay > targets
    ? [
        `${due} runs were due, ${ended} ended, ${leftOut} were left out: ${underWay} are not accounted for`,
      ]
    : [];
}

/** No failure without a reason, and none that is a latency. */
function uncountedOperations(series: readonly Series[], value: Value): string[] {
  const counted = series.filter(({ name }) => name === 'pglatency_operations_total');
  return counted.flatMap(({ labels, value: count }) => {
    const { target = '', operation = '', outcome } = labels;
    const of = { target, operation };
    const where = `${target} ${operation}`;
    if (outcome === 'success') {
      const observed = value('pglatency_operation_duration_seconds_count', of);
      return observed === count ? [] : [`${where}: ${count} successes and ${observed} latencies`];
    }
    const reasons = value('pglatency_operation_failures_total', of);
    return reasons === count ? [] : [`${where}: ${count} failures and ${reasons} reasons`];
  });
}

function sickHealthy(value: Value, target: string, logs: readonly Log[]): string[] {
  const ended = value('pglatency_runs_total', { trigger: 'schedule', target });
  const succeeded = value('pglatency_runs_total', {
    trigger: 'schedule',
    target,
    outcome: 'success',
  });
  if (ended === succeeded) return [];
  const why = logs
    .filter((line) => line.target === target && line.outcome !== 'success')
    .slice(0, 3);
  return [`${ended - succeeded} runs of the healthy target failed: ${JSON.stringify(why)}`];
}

function badNumbers(series: readonly Series[]): string[] {
  return series
    .filter(({ value }) => !Number.isFinite(value) || value < 0)
    .map(({ name, labels, value }) => `${name}${JSON.stringify(labels)} is ${value}`);
}

/** No failure is taken for this project's own. */
function ownFaults(logs: readonly Log[]): string[] {
  return failuresIn(logs)
    .filter(({ reason }) => reason === 'internal')
    .slice(0, 3)
    .map((failure) => `a failure of the server's is called internal: ${JSON.stringify(failure)}`);
}

function failuresIn(logs: readonly Log[]): { message?: unknown; reason?: unknown }[] {
  return logs.flatMap(({ failures }) => (Array.isArray(failures) ? (failures as object[]) : []));
}

function badTexts(logs: readonly Log[]): string[] {
  return failuresIn(logs)
    .map(({ message }) => String(message))
    .filter((text) => text.length > MAX_MESSAGE_LENGTH || /\p{Cc}/u.test(text))
    .slice(0, 3)
    .map((text) => `a message of ${text.length} characters: ${JSON.stringify(text.slice(0, 200))}`);
}
