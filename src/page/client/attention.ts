import { nameOf, type FleetAnswer } from './api.js';

/** A backend, or one of its targets where it has several. */
export interface Troubled {
  /** Its region, and its machine where the region has several backends. */
  readonly backend: string;
  readonly target: string | null;
}

const QUIET_STATES: readonly string[] = ['ok', 'waiting'];
const NAMED = 6;

/**
 * Every target that is stale, failing or unreachable; a backend whose targets are not known is one, and so is one
 * that has no database: it measures nothing.
 */
export function troubledTargets({ rows, reads }: Pick<FleetAnswer, 'rows' | 'reads'>): Troubled[] {
  return rows.flatMap((row, i): Troubled[] => {
    const backend = nameOf(row);
    const targets = reads[i]?.targets ?? [];
    if (targets.length === 0) {
      return QUIET_STATES.includes(row.state) ? [] : [{ backend, target: null }];
    }
    return targets
      .filter((it) => !QUIET_STATES.includes(it.state))
      .map(({ target }) => ({ backend, target: targets.length > 1 ? target : null }));
  });
}

/** `lhr, nrt reports`; those that are too many to name are counted. */
export function nameTargets(troubled: readonly Troubled[]): string {
  const names = troubled.map(({ backend, target }) =>
    target === null ? backend : `${backend} ${target}`,
  );
  const more = names.length - NAMED;
  return [...names.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
