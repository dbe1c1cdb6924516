import type { FleetLine, OperationNormal, TargetNormal } from './api.js';
import { duration, milliseconds } from './format.js';

/** Where the latest run lies: as its ratio says, and never the figure alone. */
export type Degree = 'normal' | 'slow' | 'very-slow' | 'fast' | 'unknown';

/** From here on the difference is more than a glance. */
const VERY_SLOW = 1.5;

/** Of the latest run; unknown without a normal. */
export function degreeOf(normal: OperationNormal | null | undefined): Degree {
  if (normal === null || normal === undefined || normal.ratio === null) return 'unknown';
  const ms = normal.ratio * normal.normal_ms;
  if (ms > normal.high_ms) return normal.ratio >= VERY_SLOW ? 'very-slow' : 'slow';
  return ms < normal.low_ms ? 'fast' : 'normal';
}

/** Whether the latest three runs are, of reads or inserts. */
export function isSlowerThanNormal(normal: TargetNormal | null): boolean {
  return normal?.read?.level === 'slow' || normal?.insert?.level === 'slow';
}

const WHERE = {
  path: ': the path',
  database: ': the database',
  both: ': path and database',
} as const;

/** `reads 1.31 × its day: the path`, of the latest run. */
export function describeSlowness(normal: TargetNormal): string {
  const kinds = (['read', 'insert'] as const).flatMap((kind) => {
    const figures = normal[kind];
    if (figures?.level !== 'slow') return [];
    return figures.ratio === null ? [`${kind}s slow`] : [`${kind}s ${figures.ratio.toFixed(2)} ×`];
  });
  return `${kinds.join(' and ')} its day${normal.cause === null ? '' : WHERE[normal.cause]}`;
}

/** `1.31 × its day`, or when there will be a normal; nothing when nobody knows. */
export function describeRatio(
  { normal, state }: FleetLine,
  elapsedMs: number,
  now: number,
): string {
  if (normal === null || state !== 'ok') return '';
  if (normal.read === null) {
    const leftMs = untilNormalMs(normal, now);
    return leftMs === null ? '' : `normal in ${duration(leftMs - elapsedMs)}`;
  }
  return normal.read.ratio === null ? '' : `${normal.read.ratio.toFixed(2)} × its day`;
}

/** Milliseconds until there is a normal; null: there is one, or nobody knows. */
function untilNormalMs({ expected_at }: TargetNormal, now: number): number | null {
  return expected_at === null ? null : Date.parse(expected_at) - now;
}

const CAUSES = {
  path: 'A ping is slower too, so it is the path.',
  database: 'A ping is not slower, so it is the database.',
  both: 'A ping is slower too, but not by as much: it is the path and the database.',
} as const;

const LEVELS = {
  normal: 'The latest three runs are normal.',
  slow: 'The latest three runs are slower than normal.',
  fast: 'The latest three runs are faster than normal.',
} as const;

/** What is normal for one operation, in a sentence or three. */
export function describeNormal(
  normal: TargetNormal | null,
  shown: 'read' | 'insert' | 'ping',
  now: number,
): string {
  if (normal === null) return '';
  const figures = normal[shown];
  if (figures === null) {
    if (normal.runs >= normal.needed_runs) return '';
    const leftMs = untilNormalMs(normal, now);
    const when = leftMs === null ? '' : `, in about ${duration(leftMs)}`;
    return `What is normal is known after ${normal.needed_runs} runs (now ${normal.runs})${when}.`;
  }
  const { normal_ms, low_ms, high_ms, level } = figures;
  const band = `Normal is ${milliseconds(normal_ms)} ms, the median of its day; the band goes from ${milliseconds(low_ms)} to ${milliseconds(high_ms)} ms.`;
  const cause =
    level === 'slow' && shown !== 'ping' && normal.cause !== null ? CAUSES[normal.cause] : '';
  return [band, level === null ? '' : LEVELS[level], cause].filter((it) => it !== '').join(' ');
}
