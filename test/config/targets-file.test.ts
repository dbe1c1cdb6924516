import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pglatency-test-'));
  file = join(folder, 'targets.yaml');
});

afterEach(() => rm(folder, { recursive: true }));

test.each([['config', '--check'], ['serve']])(
  '%s: nothing runs, every problem is said',
  async (...args) => {
    await writeFile(
      file,
      `targets:
  - { name: a, host: h, ca: /nowhere, password_env: NO_SUCH_VARIABLE }
  - { name: a, host: h, mode: read-only, replica_of: b }
queries:
  - { name: two, sql: SELECT 1; SELECT 2 }
  - { name: writes, sql: DELETE FROM t }
`,
    );
    const env = { DB_HOST: '10.50.0.1', DB_SSLMODE: 'disable', PORT: '0', TARGETS_FILE: file };
    const { code, stdout, stderr } = await runCli(args, env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const fields = stderr.split('\n').flatMap((line) => /^ {2}(\S+: \S+): /.exec(line)?.[1] ?? []);
    expect(fields.sort()).toEqual(
      [
        'queries[0].sql',
        'queries[1].sql',
        'targets[0].ca',
        'targets[0].password_env',
        'targets[1].name',
        'targets[1].replica_of',
      ].map((field) => `${file}: ${field}`),
    );
  },
);

test('a good one is checked in silence', async () => {
  await writeFile(file, 'queries: [{ name: one, sql: SELECT 1 }]');
  expect(await runCli(['config', '--check'], { DB_HOST: 'h', TARGETS_FILE: file })).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
});
