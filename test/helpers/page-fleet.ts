import { VERSION } from '../../src/base/version.js';
import type { Incident, OperationNormal, TargetNormal } from '../../src/api/normal-answer.js';
import { HISTORY_COLUMNS } from '../../src/runs/columns.js';
import { regionOf } from '../../src/regions/regions.js';
import { json, latestOf, startStrangePeer, type StrangePeer } from './strange-peer.js';

/** How a region of a made fleet stands. */
export interface Standing {
  /** The latest read over the normal; left out: 1. */
  readonly ratio?: number;
  readonly incidents?: readonly Incident[];
  /** It has too few runs for a normal. */
  readonly isNew?: boolean;
  /** It is of a version that knows nothing of what is normal. */
  readonly isOld?: boolean;
  /** `not_after` of its certificate. */
  readonly certificateEnd?: string;
  /** Of its latest run. */
  readonly failures?: readonly { reason: string; count: number; message: string }[];
}

const MINUTE_MS = 60_000;
const RUNS = 600;

/** An incident that began and ended so many minutes ago; null: it goes on. */
export function incidentOf(
  fromMinutes: number,
  toMinutes: number | null,
  readMs: number,
  ratio: number,
): Incident {
  const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();
  return {
    kind: 'slow',
    from: ago(fromMinutes),
    to: toMinutes === null ? null : ago(toMinutes),
    runs: fromMinutes - (toMinutes ?? 0),
    operations: ['select', 'insert'],
    normal_ms: readMs,
    typical_ms: readMs * ratio,
    ratio,
    cause: 'path',
    failures: [],
  };
}

function normalOf(ms: number, ratio: number): OperationNormal {
  const level = ratio > 1.15 ? 'slow' : ratio < 0.85 ? 'fast' : 'normal';
  return { normal_ms: ms, low_ms: ms * 0.85, high_ms: ms * 1.15, ratio, level };
}

function judgement(normalMs: number, { ratio = 1, isNew = false }: Standing): TargetNormal {
  const common = { runs: isNew ? 7 : RUNS, needed_runs: 20 };
  if (isNew) {
    const expected_at = new Date(Date.now() + 13 * MINUTE_MS).toISOString();
    return { ...common, expected_at, read: null, insert: null, ping: null, cause: null };
  }
  const figures = normalOf(normalMs, ratio);
  const cause = figures.level === 'slow' ? ('path' as const) : null;
  return { ...common, expected_at: null, read: figures, insert: figures, ping: figures, cause };
}

/** A backend of this region, `normalMs` away from its database, with ten hours of runs. */
export function startFleetPeer(
  code: string,
  normalMs: number,
  standing: Standing = {},
): Promise<StrangePeer> {
  const { ratio = 1, isOld = false, isNew = false, incidents = [], failures = [] } = standing;
  const { city, country, flag } = regionOf(code);
  const who = { city, country, flag, machine: code, instance: `of-${code}`, interval_s: 60 };
  const answer = () => {
    const { runs, ...rest } = latestOf(code, normalMs * ratio);
    const [run] = runs;
    const recent = Array.from({ length: 60 }, (_, i) => readOf(normalMs, standing, RUNS - 60 + i));
    const judged = {
      version: VERSION,
      run: {
        normal: judgement(normalMs, standing),
        incidents,
        kept_from: new Date(Date.now() - (isNew ? 7 : RUNS) * MINUTE_MS).toISOString(),
      },
    };
    const all = {
      ...run,
      recent_read_p50_ms: isNew ? recent.slice(-7) : recent,
      ...(isOld ? {} : judged.run),
      connection: {
        ...{ dns_ms: 0.9, tcp_ms: normalMs, tls_ms: normalMs, startup_ms: 3 * normalMs },
        ...{ address: '10.0.0.1', tls_version: 'TLSv1.3' },
        certificate_not_after: standing.certificateEnd ?? '2099-01-01T00:00:00Z',
      },
      operations: {
        ...run?.operations,
        insert: { ...run?.operations.insert, failures },
      },
    };
    const next_run = new Date(Date.now() + 40_000).toISOString();
    return { ...rest, ...who, next_run, ...(!isOld && { version: VERSION }), runs: [all] };
  };
  return startStrangePeer((res, { url }) =>
    json(url === '/api/history' ? historyOf(code, normalMs, standing) : answer())(res),
  );
}

/** Steady, with a little daily rhythm; the last ten runs as the standing says. */
function readOf(normalMs: number, { ratio = 1, incidents = [] }: Standing, run: number): number {
  const rhythm = 1 + 0.03 * Math.sin(run / 40) + 0.02 * Math.sin(run * 7.3);
  const ago = RUNS - run;
  const minutesAgo = (time: string) => (Date.now() - Date.parse(time)) / MINUTE_MS;
  const slow = incidents.find(
    ({ from, to }) => ago <= minutesAgo(from) && (to === null || ago >= minutesAgo(to)),
  );
  return normalMs * rhythm * (slow?.ratio ?? (ago < 3 ? ratio : 1));
}

function historyOf(code: string, normalMs: number, standing: Standing) {
  const count = standing.isNew === true ? 7 : RUNS;
  const runs = Array.from({ length: count }, (_, i) => RUNS - count + i);
  const now = Date.now();
  const reads = runs.map((run) => readOf(normalMs, standing, run));
  const columns = HISTORY_COLUMNS.map((name) => [
    name,
    reads.map((ms) =>
      name.startsWith('connect') ? 5 * ms : name.endsWith('p95_ms') ? 1.04 * ms : ms,
    ),
  ]);
  return {
    ...{ region: code, city: regionOf(code).city, target: 'primary', schedule: '* * * * *' },
    ...{ interval_s: 60, next_run: null, timestamp: new Date(now).toISOString() },
    capacity: 1_440,
    ended_at_s: runs.map((run) => (now - (RUNS - run) * MINUTE_MS) / 1_000),
    iterations: runs.map(() => 10),
    ...(Object.fromEntries(columns) as object),
    failures: [],
    ...(standing.isOld !== true && {
      normal: judgement(normalMs, standing),
      incidents: standing.incidents ?? [],
    }),
  };
}
