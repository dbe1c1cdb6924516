import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

/** A text of SQL, as PostgreSQL's own grammar reads it. */
export type ParsedSql =
  | {
      readonly ok: true;
      /** Each statement's tree: https://github.com/pganalyze/libpg_query */
      readonly statements: readonly unknown[];
    }
  | { readonly ok: false; readonly message: string; readonly position: number | null };

/** Texts on standard input, what became of them on standard output. */
const PROGRAM = `
const { loadModule, parseSync } = require(process.argv[1]);
const parse = (sql) => {
  try {
    return JSON.stringify({ ok: true, statements: parseSync(sql).stmts.map(({ stmt }) => stmt) });
  } catch (error) {
    const message = error instanceof RangeError ? 'it is nested too deeply' : error.message;
    const position = error.sqlDetails?.cursorPosition ?? null;
    return JSON.stringify({ ok: false, message, position });
  }
};
const texts = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
loadModule().then(() => process.stdout.write('[' + texts.map(parse).join() + ']'));
`;

/** A fraction of a second is usual, most of it for loading. */
const PATIENCE_MS = 20_000;
const MAX_TREES_BYTES = 100_000_000;

/**
 * Parses each text, and blocks until that is done. It runs in a process of its own: the grammar is 1.7 MB of
 * WebAssembly, which would keep some 30 MB of this one's memory.
 */
export function parseSql(texts: readonly string[]): ParsedSql[] {
  if (texts.length === 0) return [];
  const parser = createRequire(import.meta.url).resolve('libpg-query');
  const { stdout, stderr, error } = spawnSync(process.execPath, ['--eval', PROGRAM, parser], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    env: {},
    timeout: PATIENCE_MS,
    maxBuffer: MAX_TREES_BYTES,
  });
  try {
    return JSON.parse(stdout) as ParsedSql[];
  } catch {
    const message = `the parser itself failed: ${error?.message ?? stderr.slice(0, 500)}`;
    return texts.map(() => ({ ok: false, message, position: null }));
  }
}
