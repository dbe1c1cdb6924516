import type { TargetMode } from '../config/target.js';

/** How long a read of one target takes from one region. */
export interface TargetRead {
  readonly target: string;
  readonly mode: TargetMode;
  /** Of a read-only target: the read-write one whose rows arrive here; undefined: the first. */
  readonly follows?: string | null | undefined;
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

/**
 * Compares a read-write target with those that follow it, and with no other: another database holds other rows.
 *
 * @param reads one region's targets, in the order of its configuration; of equals the first wins
 */
export function bestTarget<T extends TargetRead>(
  reads: readonly T[],
  primary: T | undefined = primaryOf(reads),
): BestTarget {
  const measured = familyOf(reads, primary).flatMap(({ target, read_p50_ms: ms }) =>
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

/** The comparison of each other database that has a replica. */
export function bestOfOthers(reads: readonly TargetRead[]): BestTarget[] {
  const first = primaryOf(reads);
  return reads
    .filter((it) => it.mode === 'read-write' && it !== first && familyOf(reads, it).length > 1)
    .map((it) => bestTarget(reads, it));
}

/** A read-write target and those that follow it; without one, all: they can follow only one. */
function familyOf<T extends TargetRead>(reads: readonly T[], primary: T | undefined): readonly T[] {
  if (primary === undefined) return reads;
  const first = primaryOf(reads)?.target;
  return reads.filter(
    (it) => it === primary || (it.mode === 'read-only' && (it.follows ?? first) === primary.target),
  );
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
