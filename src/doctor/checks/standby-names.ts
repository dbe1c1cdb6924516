/** What synchronous_standby_names asks for. */
export interface StandbyNames {
  /** So many standbys must have each commit. */
  readonly count: number;
}

/**
 * `FIRST 2 (a, b, c)`, `ANY 1 (a, b)`, `2 (a, b)` or `a, b`, which asks for one; null: nothing is asked for.
 * https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES
 */
export function parseStandbyNames(text: string): StandbyNames | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const [, count] = /^(?:(?:first|any)\s+)?(\d+)\s*\(/i.exec(trimmed) ?? [];
  return { count: count === undefined ? 1 : Number(count) };
}
