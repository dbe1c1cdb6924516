import type { Incident } from '../api/normal-answer.js';
import { causeOf } from './cause.js';
import type { HistoryFailure } from './columns.js';
import { medianOf, type Normal } from './normal.js';

type SlowOperation = 'select' | 'insert';
type Measured = Readonly<Record<SlowOperation | 'ping', number | null>>;

/** One run against the normal of its time. */
export interface JudgedRun {
  readonly endedAtS: number;
  readonly medianMs: Measured;
  readonly normal: Readonly<Record<SlowOperation | 'ping', Normal | null>>;
  readonly failures: readonly HistoryFailure[];
}

export interface Incidents {
  add(run: JudgedRun): void;
  /** Drops what ended before this, seconds since the epoch. */
  forgetBefore(seconds: number): void;
  /** Oldest first. */
  list(): Incident[];
}

const KEPT = 50;
/** An incident may go on for weeks. */
const KEPT_RUNS = 240;
const NAMED_FAILURES = 8;
const SLOW_OPERATIONS: readonly SlowOperation[] = ['select', 'insert'];

interface Course {
  readonly kind: Incident['kind'];
  /** Bad runs among the latest three that begin an incident; fewer of them end it. */
  readonly least: number;
  readonly isBad: (run: JudgedRun) => boolean;
  /** The latest runs. */
  recent: { readonly run: JudgedRun; readonly isBad: boolean }[];
  open: Collected | null;
}

interface Collected {
  readonly kind: Incident['kind'];
  readonly first: JudgedRun;
  /** The latest of its runs, from which its figures are derived. */
  latest: JudgedRun[];
  count: number;
  readonly failures: Incident['failures'];
}

/**
 * What was not normal, run by run. Two slow runs of three begin an incident, because one slow run in a day or
 * two means nothing; the first failure begins one. Two good runs of three end the slow, three the failures.
 */
export function createIncidents(): Incidents {
  const courses: readonly Course[] = [
    { kind: 'slow', least: 2, isBad: isSlow, recent: [], open: null },
    { kind: 'failures', least: 1, isBad: hasFailures, recent: [], open: null },
  ];
  let over: Incident[] = [];
  return {
    add(run) {
      for (const course of courses) {
        const ended = follow(course, run);
        if (ended !== null) over = [...over, ended].slice(-KEPT);
      }
    },
    forgetBefore(seconds) {
      over = over.filter(({ to }) => to === null || Date.parse(to) >= seconds * 1_000);
    },
    list() {
      const open = courses.flatMap((it) => (it.open === null ? [] : [toIncident(it.open, false)]));
      return [...over, ...open].sort((a, b) => (a.from < b.from ? -1 : 1));
    },
  };
}

/** Takes a course one run on; returns the incident that this run has ended. */
function follow(course: Course, run: JudgedRun): Incident | null {
  const isBad = course.isBad(run);
  course.recent = [...course.recent.slice(-2), { run, isBad }];
  const bad = course.recent.filter((it) => it.isBad).map((it) => it.run);
  if (course.open !== null && isBad) collect(course.open, run);
  if (course.open === null && isBad && bad.length >= course.least) {
    course.open = begin(course.kind, bad);
  }
  if (course.open === null || bad.length >= course.least) return null;
  const ended = toIncident(course.open, true);
  course.open = null;
  course.recent = [];
  return ended;
}

function begin(kind: Incident['kind'], runs: readonly JudgedRun[]): Collected {
  const [first] = runs as [JudgedRun];
  const incident: Collected = { kind, first, latest: [], count: 0, failures: [] };
  for (const run of runs) collect(incident, run);
  return incident;
}

function isSlow(run: JudgedRun): boolean {
  return slowOperations(run).length > 0;
}

/** The operations whose median is above the band. */
function slowOperations({ medianMs, normal }: JudgedRun): SlowOperation[] {
  return SLOW_OPERATIONS.filter((operation) => {
    const ms = medianMs[operation];
    return ms !== null && ms > (normal[operation]?.highMs ?? Infinity);
  });
}

function hasFailures({ failures }: JudgedRun): boolean {
  return failures.length > 0;
}

function collect(incident: Collected, run: JudgedRun): void {
  incident.count += 1;
  incident.latest = [...incident.latest.slice(1 - KEPT_RUNS), run];
  if (incident.kind === 'slow') return;
  for (const { operation, reason, count } of run.failures) {
    const same = incident.failures.find((it) => it.operation === operation && it.reason === reason);
    if (same !== undefined) same.count += count;
    else if (incident.failures.length < NAMED_FAILURES) {
      incident.failures.push({ operation, reason, count });
    }
  }
}

function toIncident(
  { kind, first, latest, count, failures }: Collected,
  isOver: boolean,
): Incident {
  return {
    kind,
    from: timestampOf(first),
    to: isOver ? timestampOf(latest.at(-1)) : null,
    runs: count,
    ...(kind === 'slow' ? describeSlow(latest) : describeFailures(failures)),
    failures: failures.map((it) => ({ ...it })),
  };
}

function describeFailures(failures: Incident['failures']) {
  const operations = [...new Set(failures.map(({ operation }) => operation))];
  return { operations, normal_ms: null, typical_ms: null, ratio: null, cause: null };
}

function timestampOf(run: JudgedRun | undefined): string {
  return new Date((run?.endedAtS ?? 0) * 1_000).toISOString();
}

function describeSlow(runs: readonly JudgedRun[]) {
  const slow = (operation: SlowOperation) =>
    runs.filter((run) => slowOperations(run).includes(operation)).length;
  const operations = SLOW_OPERATIONS.filter((it) => slow(it) * 2 >= runs.length);
  const [first = 'select'] = operations;
  const typicalMs = medianIn(runs, (run) => run.medianMs[first]);
  const normalMs = medianIn(runs, (run) => run.normal[first]?.normalMs ?? null);
  const addedMs = medianIn(runs, (run) => addedTo(run, first));
  return {
    operations: [...operations],
    normal_ms: normalMs,
    typical_ms: typicalMs,
    ratio: typicalMs === null || normalMs === null ? null : typicalMs / normalMs,
    cause: causeOf(
      addedMs ?? 0,
      medianIn(runs, (run) => addedTo(run, 'ping')),
    ),
  };
}

function addedTo({ medianMs, normal }: JudgedRun, operation: SlowOperation | 'ping') {
  const [ms, usual] = [medianMs[operation], normal[operation]];
  return ms === null || usual === null ? null : ms - usual.normalMs;
}

function medianIn(runs: readonly JudgedRun[], figure: (run: JudgedRun) => number | null) {
  return medianOf(runs.map(figure).filter((it) => it !== null));
}
