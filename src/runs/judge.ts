import type { Incident, Level, OperationNormal } from '../api/normal-answer.js';
import { causeOf } from './cause.js';
import type { HistoryColumn, HistoryFailure } from './columns.js';
import { createIncidents } from './incidents.js';
import { medianOf, normalOf, type Normal } from './normal.js';

/** What is normal for a target, and what was not. */
export interface Judgement {
  /** When the first kept run ended, seconds since the epoch; null: there is none. */
  readonly keptFromS: number | null;
  /** Runs with a read, of those that are judged by. */
  readonly runs: number;
  readonly read: OperationNormal | null;
  readonly insert: OperationNormal | null;
  readonly ping: OperationNormal | null;
  /** Where the time is that the reads, or else the inserts, take more than normally; null: they do not. */
  readonly cause: Incident['cause'];
  readonly incidents: readonly Incident[];
}

/** The kept runs, oldest first; the last one is new. */
export interface KeptRuns {
  readonly endedAtS: readonly number[];
  /** The latest `count` runs' figures; NaN: not measured. */
  latest(name: HistoryColumn, count: number): Float32Array;
  /** The new run's. */
  readonly failures: readonly HistoryFailure[];
}

const WINDOW_S = 86_400;
/** Where a day has fewer: a schedule of an hour or more. */
const LEAST_RUNS = 48;
/** One slow run is nothing. */
const JUDGED_RUNS = 3;

const COLUMNS = {
  select: 'read_p50_ms',
  insert: 'insert_p50_ms',
  ping: 'ping_p50_ms',
} as const satisfies Record<string, HistoryColumn>;
type Judged = keyof typeof COLUMNS;
const JUDGED = Object.keys(COLUMNS) as Judged[];

interface Figures {
  /** Oldest first; null: not measured. */
  readonly latest: readonly (number | null)[];
  /** How many measured it. */
  readonly runs: number;
  readonly normal: Normal | null;
}

/** Judges each run of a target by those of the day before it. */
export function createJudge() {
  const incidents = createIncidents();
  let keptFromS: number | null = null;
  let figures: Record<Judged, Figures> | null = null;
  return {
    add({ endedAtS, latest, failures }: KeptRuns) {
      const now = endedAtS.at(-1) ?? 0;
      const ofDay = endedAtS.filter((it) => it > now - WINDOW_S).length;
      const count = Math.max(ofDay, LEAST_RUNS);
      const figuresOf = (operation: Judged): Figures => {
        const kept = latest(COLUMNS[operation], count);
        const measured = kept.filter(isMeasured);
        return {
          latest: Array.from(kept.slice(-JUDGED_RUNS), (ms) => (isMeasured(ms) ? ms : null)),
          runs: measured.length,
          normal: normalOf(measured),
        };
      };
      figures = byOperation(figuresOf);
      const { select, insert, ping } = figures;
      const last = ({ latest: it }: Figures) => it.at(-1) ?? null;
      incidents.add({
        endedAtS: now,
        medianMs: { select: last(select), insert: last(insert), ping: last(ping) },
        normal: { select: select.normal, insert: insert.normal, ping: ping.normal },
        failures,
      });
      keptFromS = endedAtS[0] ?? null;
      incidents.forgetBefore(keptFromS ?? 0);
    },
    read(): Judgement {
      return {
        keptFromS,
        runs: figures?.select.runs ?? 0,
        read: toOperationNormal(figures?.select),
        insert: toOperationNormal(figures?.insert),
        ping: toOperationNormal(figures?.ping),
        cause: figures === null ? null : presentCause(figures),
        incidents: incidents.list(),
      };
    },
  };
}

const isMeasured = (ms: number) => !Number.isNaN(ms);

function byOperation<T>(of: (operation: Judged) => T): Record<Judged, T> {
  return Object.fromEntries(JUDGED.map((it) => [it, of(it)])) as Record<Judged, T>;
}

function toOperationNormal(figures: Figures | undefined): OperationNormal | null {
  if (figures === undefined || figures.normal === null) return null;
  const { normalMs, lowMs, highMs } = figures.normal;
  const latest = figures.latest.at(-1) ?? null;
  return {
    normal_ms: normalMs,
    low_ms: lowMs,
    high_ms: highMs,
    ratio: latest === null || normalMs === 0 ? null : latest / normalMs,
    level: levelOf(figures.normal, presentMs(figures)),
  };
}

/** Null where fewer than two of the latest runs measured it. */
function presentMs({ latest }: Figures): number | null {
  const measured = latest.filter((ms) => ms !== null);
  return measured.length < 2 ? null : medianOf(measured);
}

function levelOf({ lowMs, highMs }: Normal, ms: number | null): Level | null {
  if (ms === null) return null;
  if (ms > highMs) return 'slow';
  return ms < lowMs ? 'fast' : 'normal';
}

function presentCause(figures: Record<Judged, Figures>): Judgement['cause'] {
  const addedTo = (operation: Judged) => {
    const { normal } = figures[operation];
    const ms = presentMs(figures[operation]);
    return normal === null || ms === null ? null : ms - normal.normalMs;
  };
  const slow = (['select', 'insert'] as const).find((operation) => {
    const { normal } = figures[operation];
    return normal !== null && levelOf(normal, presentMs(figures[operation])) === 'slow';
  });
  return slow === undefined ? null : causeOf(addedTo(slow) ?? 0, addedTo('ping'));
}
