import type { FleetAnswer } from './api.js';

/** A region, or one of its targets where it has several. */
export interface Troubled {
  readonly region: string;
  readonly target: string | null;
}

const QUIET_STATES: readonly string[] = ['ok', 'waiting', 'no_database'];
const NAMED = 6;

/** Every target that is stale, failing or unreachable; a region whose targets are not known is one. */
export function troubledTargets({ rows, reads }: Pick<FleetAnswer, 'rows' | 'reads'>): Troubled[] {
  return rows.flatMap(({ region, state }, i): Troubled[] => {
    const targets = reads[i]?.targets ?? [];
    if (targets.length === 0) return QUIET_STATES.includes(state) ? [] : [{ region, target: null }];
    return targets
      .filter((it) => !QUIET_STATES.includes(it.state))
      .map(({ target }) => ({ region, target: targets.length > 1 ? target : null }));
  });
}

/** `lhr, nrt reports`; those that are too many to name are counted. */
export function nameTargets(troubled: readonly Troubled[]): string {
  const names = troubled.map(({ region, target }) =>
    target === null ? region : `${region} ${target}`,
  );
  const more = names.length - NAMED;
  return [...names.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
