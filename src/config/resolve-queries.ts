import type { Problem } from '../base/errors.js';
import { checkQueryTexts } from './query-check.js';
import type { OwnQuery, Target } from './target.js';
import type { QueryEntry } from './targets-file.js';

/** Adds what is wrong with the queries' names, targets, statements and parameters. */
export function checkQueries(
  entries: readonly QueryEntry[],
  targets: readonly Target[],
  problems: Problem[],
): void {
  const names = new Set<string>();
  const targetNames = targets.map(({ name }) => name);
  entries.forEach((entry, i) => {
    const field = `queries[${i}]`;
    if (names.has(entry.name)) {
      problems.push({ field: `${field}.name`, value: entry.name, expected: 'a name used once' });
    }
    names.add(entry.name);
    entry.targets?.forEach((name, at) => {
      if (targetNames.includes(name)) return;
      const expected = `a target: ${targetNames.join(', ') || 'none is configured'}`;
      problems.push({ field: `${field}.targets[${at}]`, value: name, expected });
    });
  });
  const texts = entries.map(({ sql, parameters }, i) => ({
    field: `queries[${i}]`,
    sql,
    parameters,
  }));
  problems.push(...checkQueryTexts(texts));
}

/** The queries that a target has. */
export function queriesOf(
  { name, operationTimeoutMs }: Target,
  entries: readonly QueryEntry[],
): OwnQuery[] {
  return entries
    .filter(({ targets }) => targets === undefined || targets.includes(name))
    .map((entry) => ({
      operation: `query_${entry.name}`,
      sql: entry.sql,
      parameters: entry.parameters,
      everyRuns: entry.every,
      timeoutMs: entry.timeout_ms ?? operationTimeoutMs,
      buckets: entry.buckets,
    }));
}
