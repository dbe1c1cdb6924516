import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'vitest';
import { libpqEnvironment, type LibpqPlace } from './libpq-environment.js';
import { requireTool } from './tools.js';

/** Runs statements in one session of psql, which must be installed. */
export async function runPsql(
  context: TestContext,
  place: LibpqPlace,
  statements: readonly string[],
  input = '',
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  requireTool(context, 'psql', 'Debian: apt install postgresql-client');
  const child = spawn(
    'psql',
    ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...statements.flatMap((it) => ['-c', it])],
    {
      env: libpqEnvironment(place),
    },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
