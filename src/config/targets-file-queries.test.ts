import { describe, expect, test } from 'vitest';
import { createTargetsFileLoader, queryList } from '../../test/helpers/targets-file-loader.js';

const { problemsOf } = createTargetsFileLoader();

const READS = 'sql: expected a statement that reads: SELECT, VALUES, TABLE, SHOW or EXPLAIN';

describe('a query that is not allowed', () => {
  test.each([
    [
      'SELEC 1',
      'sql: expected SQL that PostgreSQL can parse (line 1, column 1: syntax error at or',
    ],
    [
      'SELECT *\\n  FORM t',
      'sql: expected SQL that PostgreSQL can parse (line 2, column 3: syntax',
    ],
    ["SELECT 'a", 'sql: expected SQL that PostgreSQL can parse (line 1, column 8: unterminated'],
    ['-- nothing', 'sql: expected one statement; there is none'],
    ['SELECT 1; SELECT 2', 'sql: expected one statement; there are 2'],
    ['SELECT 1; COMMIT; DROP TABLE t', 'sql: expected one statement; there are 3'],
    ['INSERT INTO t VALUES (1)', `${READS}; this is INSERT`],
    ['DROP TABLE t', `${READS}; this is DROP`],
    ["SET statement_timeout = '1h'", `${READS}; this is VARIABLE SET`],
    ["COPY t TO PROGRAM 'sh'", `${READS}; this is COPY`],
    ['CALL f()', `${READS}; this is CALL`],
    ['COMMIT', `${READS}; this is TRANSACTION`],
    ['WITH w AS (DELETE FROM t RETURNING 1) SELECT * FROM w', `${READS}; this has DELETE`],
    ['SELECT * INTO u FROM t', `${READS}; this has SELECT INTO`],
    ['SELECT * FROM t FOR UPDATE', `${READS}; this has FOR UPDATE or FOR SHARE`],
    ['EXPLAIN ANALYZE UPDATE t SET a = 1', `${READS}; this has UPDATE`],
    ['EXPLAIN ANALYZE CREATE TABLE u AS SELECT 1', `${READS}; this has CREATE TABLE AS`],
    ['EXPLAIN CREATE TABLE u AS SELECT 1', `${READS}; this has CREATE TABLE AS`],
    ['EXPLAIN ANALYZE CREATE MATERIALIZED VIEW v AS SELECT 1', READS],
    ['EXPLAIN (ANALYZE) REFRESH MATERIALIZED VIEW v', READS],
    ['EXPLAIN ANALYZE EXECUTE p', `${READS}; this has EXECUTE`],
    ['EXPLAIN ANALYZE DECLARE c CURSOR FOR SELECT 1 FOR UPDATE', READS],
    ['SELECT $1 + $2', 'parameters: expected a value for each of $1 to $2; there are 0'],
    ['SELECT \\0', 'sql: expected text without a NUL character'],
  ])('%s', (sql, problem) => {
    const [first, ...rest] = problemsOf(`queries: [{ name: a, sql: "${sql}" }]`);
    expect(first?.slice(0, `queries[0].${problem}`.length)).toBe(`queries[0].${problem}`);
    expect(rest).toEqual([]);
  });

  test.each([
    'SELECT 1;',
    "SELECT $$a;b$$ || ';' || E'\\\\';--' -- no; second",
    '(SELECT 1) UNION ALL VALUES (2)',
    'TABLE t',
    'SHOW server_version',
    'EXPLAIN DELETE FROM t',
    'EXPLAIN (ANALYZE) SELECT 1',
    'SELECT "insert", "update" FROM "delete" AS "into"',
    'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT * FROM r',
  ])('and one that is: %s', (sql) => {
    expect(problemsOf(JSON.stringify({ queries: [{ name: 'a', sql }] }))).toEqual([]);
  });

  test.each([
    [
      'parameters: [1]',
      'parameters: expected no values, because the statement has no $1; there are 1',
    ],
    ['parameters: [{ hidden: 1 }]', 'parameters[0]: expected text, a number, true, false or null'],
    ['targets: [nowhere]', 'targets[0]: "nowhere" is not allowed; expected a target: primary'],
    ['every: 0', 'every: "0" is not allowed; expected a whole number from 1 to 1440'],
    ['buckets: fine', 'buckets: "fine" is not allowed; expected one of operation, connect'],
    ['each: 5', 'each: expected one of name, sql, parameters, targets, every, timeout_ms, buckets'],
  ])('{ %s }', (entry, problem) => {
    expect(problemsOf(`queries: [{ name: a, sql: SELECT 1, ${entry} }]`)).toEqual([
      `queries[0].${problem}`,
    ]);
  });

  test.each(['Orders', 'a-b', '1st', '', 'a'.repeat(32)])('the name %j', (name) => {
    expect(problemsOf(JSON.stringify({ queries: [{ name, sql: 'SELECT 1' }] }))).toEqual([
      `queries[0].name: "${name}" is not allowed; expected a name of a-z, 0-9 and _, from a letter, at most 31 long`,
    ]);
  });

  test('a name twice, and every other problem with it', () => {
    const two = '{ name: a, sql: SELECT 1 }, { name: a, sql: DELETE FROM t }';
    expect(problemsOf(`queries: [${two}]`)).toEqual([
      'queries[1].name: "a" is not allowed; expected a name used once',
      `queries[1].${READS}; this is DELETE`,
    ]);
  });

  test('21 of them', () => {
    expect(problemsOf(`queries: [${queryList(21)}]`)).toEqual([
      'queries: expected at most 20 queries',
    ]);
  });
});
