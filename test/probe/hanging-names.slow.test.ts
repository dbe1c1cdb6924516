import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { spawnCli, type CliProcess } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { canHaveSickNames, startSickNames, type SickNames } from '../helpers/sick-names.js';
import { createTargetsFile } from '../helpers/targets-file.js';
import { until } from '../helpers/until.js';

let database: TestDatabase;
let names: SickNames | null = null;

beforeAll(async () => {
  database = await createDatabase();
  if (canHaveSickNames()) names = await startSickNames();
});

beforeEach((context) => {
  if (names === null) context.skip('a name server of its own takes root, on Linux');
});

afterAll(async () => {
  await names?.close();
  await database.drop();
});

/** The least names that once held up every other: libuv looks up two at a time. */
const HANGING = 4;
const RUNS = 3;

test.each(['hang', 'drip', 'flood'] as const)(
  'four targets whose names %s make a fifth, which is in the hosts file, time out',
  async (kind) => {
    const file = createTargetsFile();
    const zone = names?.nameOf(kind) ?? '';
    file.write([
      ...Array.from({ length: HANGING }, (_, i) => ({
        name: `sick${i}`,
        host: zone.replace('.', `.n${i}.`),
      })),
      { name: 'healthy', host: names?.healthyName, port: inject('postgres').port },
    ]);
    const cli = spawnCli(
      ['serve'],
      {
        ...database.env,
        LISTEN_HOST: '127.0.0.1',
        PORT: '0',
        TARGETS_FILE: file.path,
        SCHEDULE: '*/2 * * * * *',
        ITERATIONS: '1',
        OPERATION_TIMEOUT_MS: '2000',
      },
      [],
      names?.launcher,
    );
    try {
      await cli.listening();
      await until(() => runsOf(cli, 'healthy').length >= RUNS && runsOf(cli, 'sick0').length > 0, {
        withinMs: 30_000,
        what: 'the runs',
      });
      // One look-up of a name at a time, however many runs wait for it.
      expect(lookUpsOf(kind)).toBeLessThanOrEqual(HANGING);
      const [sick] = runsOf(cli, 'sick0');
      expect(sick?.outcome).toBe('failure');
      expect(runsOf(cli, 'healthy').map(({ outcome }) => outcome)).not.toContain('failure');
      expect(runsOf(cli, 'healthy').map(({ outcome }) => outcome)).not.toContain('partial');
    } finally {
      cli.kill('SIGKILL');
      await cli.ended;
      rmSync(file.folder, { recursive: true });
    }
  },
  60_000,
);

/** How many processes look up names of the kind now. */
function lookUpsOf(kind: string): number {
  const commands = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandOf);
  return commands.filter((args) => args[0] === 'getent' && args[2]?.startsWith(`${kind}.`)).length;
}

/** Empty: the process has ended. */
function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function runsOf(cli: CliProcess, name: string) {
  return cli.logs().filter(({ msg, target }) => msg === 'run' && target === name);
}
