import type { Status } from './checks/check.js';
import type { Result } from './examine.js';

/** One database, or the fleet, and what was found of it. */
export interface Report {
  readonly label: string;
  /** `contacts at db.example.com:5432, as app` */
  readonly title: string;
  readonly results: Result[];
}

/** The worst first. */
const BY_WEIGHT: readonly Status[] = ['broken', 'warning', 'unknown', 'ok'];

/** The worst of a check's findings; null: it was interrupted. */
export function statusOf({ findings }: Result): Status | null {
  if (findings === null) return null;
  return BY_WEIGHT.find((status) => findings.some((it) => it.status === status)) ?? 'unknown';
}

export interface Counts {
  readonly ok: number;
  readonly warning: number;
  readonly broken: number;
  readonly unknown: number;
  /** Interrupted before they were done. */
  readonly interrupted: number;
}

/** How many checks ended how. */
export function countsOf(results: readonly Result[]): Counts {
  const statuses = results.map(statusOf);
  const count = (status: Status | null) => statuses.filter((it) => it === status).length;
  return {
    ok: count('ok'),
    warning: count('warning'),
    broken: count('broken'),
    unknown: count('unknown'),
    interrupted: count(null),
  };
}

/** Nothing is broken, and whether a session can be had is known. */
export function isSound(reports: readonly Report[]): boolean {
  const results = reports.flatMap((report) => report.results);
  return results.every((result) => {
    const status = statusOf(result);
    return status !== 'broken' && !(status === null && result.check.name === 'connection');
  });
}
