import type { RulesFleet, WatchedTarget } from '../fleet.js';
import { createPlan } from '../plan.js';
import { notation, type Samples } from './samples.js';

/** promtool's own form. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** What happens to a region's backend, in seconds from the beginning. */
export interface Story {
  /** A deploy: it starts anew, counters begin at 0, gauges are absent until the next run. */
  readonly restartsAt?: number;
  /** It exports nothing from then on. */
  readonly endsAt?: number;
  /** From then on no run ends, although runs are planned. */
  readonly hangsAt?: number;
  /** From then on every operation on these targets fails. */
  readonly failsAt?: number;
  /** From then on a round trip takes so many times as long. */
  readonly slow?: { readonly at: number; readonly factor: number };
  /** A read-only target is so far behind from then on. */
  readonly behindAt?: number;
  /** The second target is no longer measured from then on. */
  readonly lastTargetEndsAt?: number;
}

/** What a select takes where the fleet does not say. */
const NORMAL_SECONDS = 0.1;
const BEHIND_SECONDS = 900;
/** The first run comes at this share of the time between two. */
const FIRST_RUN = 0.7;
const RUN_TAKES_SECONDS = 3;

/**
 * Between two samples of a test: the fleet's own scrapes. Where runs are rare, some in a run are enough, at most a
 * minute apart: the windows of a day would hold thousands.
 */
export const sampleSeconds = ({ scrapeSeconds, runSeconds }: RulesFleet) =>
  Math.max(scrapeSeconds, Math.min(60, Math.floor(runSeconds / 5)));

/**
 * Between two evaluations of a test: the fleet's own, and fewer where a day of its runs would take a minute. Windows that
 * count evaluations need each of them.
 */
export const evaluationSecondsOf = (fleet: RulesFleet, each = false) =>
  Math.max(
    createPlan(fleet).evaluationSeconds,
    each ? 0 : Math.min(240, Math.floor(fleet.runSeconds / 15)),
  );

/** What a select usually takes: what the fleet expects. */
export function usualSeconds(fleet: RulesFleet, code: string, target: string): number {
  const expected = fleet.regions.find(({ region }) => region === code);
  return expected?.targets[target] ?? expected?.selectSeconds ?? NORMAL_SECONDS;
}

const READ_WRITE = ['connect', 'ping', 'select', 'insert'];
const READ_ONLY = ['connect', 'ping', 'select'];

/** What a backend exports of itself at each scrape of so many seconds; its operations, where `measured`. */
export function backendSeries(
  fleet: RulesFleet,
  region: string,
  seconds: number,
  story: Story,
  measured = true,
): InputSeries[] {
  const scrapes = Array.from(
    { length: Math.floor(seconds / sampleSeconds(fleet)) + 1 },
    (_, i) => i * sampleSeconds(fleet),
  );
  const labels = `fleet="${fleet.fleet ?? 'pglatency'}", region="${region}", instance="${region}:8080"`;
  const alive = (at: number) =>
    at < (story.endsAt ?? Infinity) && Math.abs(at - (story.restartsAt ?? -1)) >= 1;
  const series = (name: string, more: string, value: (at: number) => number | null) => {
    const values: Samples = scrapes.map((at) => (alive(at) ? value(at) : null));
    return values.every((one) => one === null)
      ? []
      : [{ series: `${name}{${labels}${more}}`, values: notation(values) }];
  };
  const clock = createClock(fleet.runSeconds, story);
  return [
    ...series('pglatency_schedule_interval_seconds', '', () => fleet.runSeconds),
    ...series('process_start_time_seconds', '', (at) => clock.startedAt(at)),
    ...series('pglatency_schedule_last_planned_timestamp_seconds', '', (at) => clock.planned(at)),
    ...series('pglatency_schedule_next_run_timestamp_seconds', '', (at) => clock.next(at)),
    ...(measured
      ? targetsOf(fleet).flatMap((target, index) =>
          targetSeries(fleet, { region, target, index }, { clock, story, series }),
        )
      : series('pglatency_last_run_timestamp_seconds', ', target="primary"', (at) =>
          clock.ended(at),
        )),
  ];
}

export const targetsOf = ({ targets }: RulesFleet): readonly WatchedTarget[] =>
  targets.length > 0 ? targets : [{ name: 'primary', mode: 'read-write', follows: null }];

interface TargetDeps {
  readonly clock: Clock;
  readonly story: Story;
  series(name: string, more: string, value: (at: number) => number | null): InputSeries[];
}

function targetSeries(
  fleet: RulesFleet,
  { region, target: watched, index }: { region: string; target: WatchedTarget; index: number },
  { clock, story, series }: TargetDeps,
): InputSeries[] {
  const { name, mode } = watched;
  const usual = usualSeconds(fleet, region, name);
  const target = `, target="${name}"`;
  const gone = index === 0 ? Infinity : (story.lastTargetEndsAt ?? Infinity);
  const there = (value: (at: number) => number | null) => (at: number) =>
    at < gone ? value(at) : null;
  const failsAt = index === 0 ? (story.failsAt ?? Infinity) : Infinity;
  return [
    ...series(
      'pglatency_last_run_timestamp_seconds',
      target,
      there((at) => clock.ended(at)),
    ),
    ...(mode === 'read-only'
      ? series(
          'pglatency_replication_lag_seconds',
          target,
          there((at) => {
            if (clock.ended(at) === null) return null;
            return at >= (story.behindAt ?? Infinity) ? BEHIND_SECONDS : 0.2;
          }),
        )
      : []),
    ...(mode === 'read-write' ? READ_WRITE : READ_ONLY).flatMap((operation) =>
      operationSeries(
        operation,
        { iterations: fleet.iterations, usual, failsAt },
        {
          clock,
          story,
          series: (series_, more, value) => series(series_, `${target}${more}`, there(value)),
        },
      ),
    ),
  ];
}

function operationSeries(
  operation: string,
  { iterations, usual, failsAt }: { iterations: number; usual: number; failsAt: number },
  { clock, story, series }: TargetDeps,
): InputSeries[] {
  const factor = (ended: number) =>
    ended >= (story.slow?.at ?? Infinity) ? (story.slow?.factor ?? 1) : 1;
  const rounds = operation === 'connect' ? 1 : iterations;
  const own = `, operation="${operation}"`;
  const normal = operation === 'connect' ? 5 * usual : usual;
  return [
    ...series(
      'pglatency_operations_total',
      `${own}, outcome="success"`,
      (at: number) => rounds * clock.runs(at, 0, failsAt),
    ),
    ...series(
      'pglatency_operations_total',
      `${own}, outcome="failure"`,
      (at: number) => rounds * clock.runs(at, failsAt, Infinity),
    ),
    ...(['min', 'median', 'max'] as const).flatMap((statistic) =>
      series(
        'pglatency_last_run_operation_seconds',
        `${own}, statistic="${statistic}"`,
        (at: number) => {
          const ended = clock.ended(at);
          return ended === null || ended >= failsAt
            ? null
            : Number((normal * factor(ended)).toPrecision(6));
        },
      ),
    ),
  ];
}

type Clock = ReturnType<typeof createClock>;

/** When a backend plans, and ends, its runs. */
function createClock(runSeconds: number, { restartsAt = Infinity, hangsAt = Infinity }: Story) {
  const first = Math.round(FIRST_RUN * runSeconds);
  const startedAt = (at: number) => (at >= restartsAt ? restartsAt : 0);
  /** The number of the latest run that was planned before; -1: none. */
  const latest = (at: number) => Math.floor((at - first) / runSeconds);
  const plannedAt = (run: number) => first + run * runSeconds;
  const planned = (at: number) => {
    const run = latest(at);
    return run < 0 || plannedAt(run) < startedAt(at) ? null : plannedAt(run);
  };
  const ended = (at: number) => {
    const time = planned(Math.min(at, hangsAt) - RUN_TAKES_SECONDS);
    return time === null || time < startedAt(at) ? null : time + RUN_TAKES_SECONDS;
  };
  return {
    startedAt,
    planned,
    ended,
    next: (at: number) => plannedAt(latest(at) + 1),
    /** How many runs ended since the start, from this moment on and before that. */
    runs(at: number, from: number, before: number): number {
      const until = Math.min(at, hangsAt, before) - RUN_TAKES_SECONDS;
      const since = Math.max(from - RUN_TAKES_SECONDS, startedAt(at), 0);
      const oldest = Math.max(0, Math.ceil((since - first) / runSeconds));
      return Math.max(0, latest(until) - oldest + 1);
    },
  };
}
