import type { TargetMode } from '../config/target.js';

/** How long a read of one target takes from one region. */
export interface TargetRead {
  readonly target: string;
  readonly mode: TargetMode;
  /** null: not measured, or not lately. */
  readonly read_p50_ms: number | null;
}

/** Where a region reads fastest, and what it gains there over its primary. */
export interface BestTarget {
  /** What the gain is over: the first read-write target; null: there is none. */
  readonly primary: string | null;
  /** The least median read; null: none was measured. */
  readonly fastest: string | null;
  /** 0 when the primary is the fastest; null: one of the two was not measured. */
  readonly gain_ms: number | null;
  readonly gain_percent: number | null;
}

/** @param reads one region's targets, in the order of its configuration; of equals the first wins */
export function bestTarget(reads: readonly TargetRead[]): BestTarget {
  const primary = primaryOf(reads);
  const measured = reads.flatMap(({ target, read_p50_ms: ms }) =>
    ms === null ? [] : [{ target, ms }],
  );
  const fastest = measured.reduce<(typeof measured)[number] | null>(
    (best, it) => (best === null || it.ms < best.ms ? it : best),
    null,
  );
  const names = { primary: primary?.target ?? null, fastest: fastest?.target ?? null };
  const primaryMs = primary?.read_p50_ms ?? null;
  if (primaryMs === null || fastest === null)
    return { ...names, gain_ms: null, gain_percent: null };
  const gainMs = primaryMs - fastest.ms;
  return {
    ...names,
    gain_ms: rounded(gainMs, 3),
    gain_percent: primaryMs === 0 ? null : rounded((gainMs / primaryMs) * 100, 1),
  };
}

/** The target that is meant where none is named: the first read-write one. */
export function primaryOf<T extends { readonly mode: TargetMode }>(
  targets: readonly T[],
): T | undefined {
  return targets.find(({ mode }) => mode === 'read-write');
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
