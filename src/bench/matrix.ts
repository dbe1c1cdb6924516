import { bestTarget, type BestTarget, type TargetRead } from '../fleet/best-target.js';
import type { FleetRow } from '../fleet/row.js';

/** One backend's line in the matrix of regions and targets. */
export interface MatrixRow extends BestTarget {
  readonly region: string;
  /** What tells it from the other backends of its region; null: it is the only one. */
  readonly machine_short: string | null;
  readonly city: string;
  readonly country: string | null;
  readonly flag: string;
  readonly targets: readonly MatrixCell[];
  /** Why the region has no targets; null: it has. */
  readonly error: string | null;
}

/** A target as one region has just measured it. */
export interface MatrixCell extends TargetRead {
  readonly read_p95_ms: number | null;
  /** Why it has no read; null: it has. */
  readonly error: string | null;
  readonly reason: FleetRow['reason'];
}

type Where = Pick<FleetRow, 'region' | 'city' | 'country' | 'flag'>;

/** @param runs each target's run, in the order of the region's configuration */
export function matrixRow(
  { region, city, country, flag }: Where,
  runs: readonly (Pick<TargetRead, 'target' | 'mode' | 'follows'> & { readonly run: FleetRow })[],
): MatrixRow {
  const targets = runs.map(({ target, mode, follows, run }) => ({
    target,
    mode,
    follows,
    read_p50_ms: run.read_p50_ms,
    read_p95_ms: run.read_p95_ms,
    error: run.error,
    reason: run.reason,
  }));
  const where = { region, machine_short: null, city, country, flag };
  return { ...where, targets, ...bestTarget(targets), error: null };
}

/** The row of a region whose targets are not known. */
export function matrixRowWithoutTargets(where: Where, error: string): MatrixRow {
  return { ...matrixRow(where, []), error };
}

/** By the read of the primary; a region that did not measure it comes last. */
export function sortMatrix(rows: readonly MatrixRow[]): MatrixRow[] {
  return [...rows].sort((a, b) => {
    const difference = (primaryMsOf(a) ?? Infinity) - (primaryMsOf(b) ?? Infinity);
    return difference || (a.region < b.region ? -1 : Number(a.region > b.region));
  });
}

function primaryMsOf({ primary, targets }: MatrixRow): number | null {
  return targets.find(({ target }) => target === primary)?.read_p50_ms ?? null;
}

/** Every target that any region has, in the order of their first appearance. */
export function targetNames(rows: readonly MatrixRow[]): string[] {
  return [...new Set(rows.flatMap(({ targets }) => targets.map(({ target }) => target)))];
}

/** The row's cell of a target; undefined: the region does not have it. */
export function cellOf({ targets }: MatrixRow, name: string): MatrixCell | undefined {
  return targets.find(({ target }) => target === name);
}
