import type { Problem } from '../base/errors.js';
import { parseSql, type ParsedSql } from './sql-parser.js';

/** What is checked of an own query without a server; the server's own verdict comes with the first run. */
export interface QueryText {
  /** `queries[0]` */
  readonly field: string;
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** The problems of queries that do not parse, are not one statement that reads, or lack parameters. */
export function checkQueryTexts(queries: readonly QueryText[]): Problem[] {
  const parsed = parseSql(queries.map(({ sql }) => sql));
  return queries.flatMap((query, i) => problemsOf(query, parsed[i] as ParsedSql));
}

function problemsOf(query: QueryText, parsed: ParsedSql): Problem[] {
  const unusable = (expected: string) => [{ field: `${query.field}.sql`, value: null, expected }];
  if (!parsed.ok) {
    return unusable(
      `SQL that PostgreSQL can parse (${placeOf(query.sql, parsed)}${parsed.message})`,
    );
  }
  const [statement, ...rest] = parsed.statements;
  if (statement === undefined) return unusable('one statement; there is none');
  if (rest.length > 0) return unusable(`one statement; there are ${parsed.statements.length}`);
  const nodes = nodesOf(statement);
  const obstacle = obstacleTo(nodes);
  if (obstacle !== null) {
    return unusable(`a statement that reads: SELECT, VALUES, TABLE, SHOW or EXPLAIN; ${obstacle}`);
  }
  return parameterProblems(query, nodes);
}

/** `line 1, column 8: ` */
function placeOf(sql: string, { position }: { position: number | null }): string {
  if (position === null) return '';
  const lines = sql.slice(0, position).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}: `;
}

type Node = readonly [key: string, value: unknown];

/** Every key of a tree with its value, the outermost first. A loop, because a tree may be deep. */
function nodesOf(tree: unknown): Node[] {
  const nodes: Node[] = [];
  const left: unknown[] = [tree];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== 'object' || next === null) continue;
    const entries = Object.entries(next);
    nodes.push(...entries);
    left.push(...entries.map(([, value]) => value as unknown));
  }
  return nodes;
}

const READING = ['SelectStmt', 'ExplainStmt', 'VariableShowStmt'];
/** What EXPLAIN may plan, which does nothing. */
const PLANNED = [...READING, 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'];
const WRITING: Readonly<Record<string, string>> = {
  InsertStmt: 'INSERT',
  UpdateStmt: 'UPDATE',
  DeleteStmt: 'DELETE',
  MergeStmt: 'MERGE',
  CreateTableAsStmt: 'CREATE TABLE AS',
  intoClause: 'SELECT INTO',
  lockingClause: 'FOR UPDATE or FOR SHARE',
};
/** Within statements of any kind. */
const WRITING_CLAUSES = ['intoClause', 'lockingClause'];

/**
 * Why a statement does more than read; null: it only reads. A statement that is not known counts as one that
 * does more.
 */
function obstacleTo(nodes: readonly Node[]): string | null {
  const [[kind] = ['']] = nodes;
  if (!READING.includes(kind)) return `this is ${WRITING[kind] ?? nameOf(kind)}`;
  const isPlan = kind === 'ExplainStmt' && !nodes.some(isAnalyze);
  const allowed = isPlan ? PLANNED : READING;
  const found = nodes.find(
    ([key]) =>
      (isStatement(key) && !allowed.includes(key)) || (!isPlan && WRITING_CLAUSES.includes(key)),
  );
  return found === undefined ? null : `this has ${WRITING[found[0]] ?? nameOf(found[0])}`;
}

/** A statement within another is a node that is named so. */
function isStatement(key: string): boolean {
  return /^[A-Z]\w*Stmt$/.test(key);
}

/** EXPLAIN executes nothing without it. */
function isAnalyze([key, value]: Node): boolean {
  return key === 'defname' && value === 'analyze';
}

/** `AlterTableStmt` → `ALTER TABLE` */
function nameOf(kind: string): string {
  return kind
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase();
}

function parameterProblems({ field, parameters }: QueryText, nodes: readonly Node[]): Problem[] {
  const numbers = nodes.flatMap(([key, value]) =>
    key === 'ParamRef' ? [(value as { number?: number }).number ?? 0] : [],
  );
  const wanted = Math.max(0, ...numbers);
  if (wanted === parameters.length) return [];
  const allowed =
    wanted === 0
      ? 'no values, because the statement has no $1'
      : `a value for each of $1 to $${wanted}`;
  const expected = `${allowed}; there are ${parameters.length}`;
  return [{ field: `${field}.parameters`, value: null, expected }];
}
