import { rmSync } from 'node:fs';
import pg from 'pg';
import type { EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { spawnCli } from '../../test/helpers/cli.js';
import { createTargetsFile } from '../../test/helpers/targets-file.js';
import { until } from '../../test/helpers/until.js';
import { startRecorder, type Recorder, type Recording } from './recording.js';
import { backendEnvironment, entryOf, KINDS, QUERIES, SETUP_SQL } from './targets.js';

/** Scheduled runs of each target that are recorded: the first opens the connections. */
const RUNS = 3;

/**
 * Lets a backend of this build measure a real PostgreSQL and its replica in every way of KINDS, and keeps
 * what they say to each other.
 */
export async function recordConversations(
  primary: EmbeddedPostgres,
  replica: EmbeddedPostgres,
): Promise<ReadonlyMap<string, Recording>> {
  const recorders = new Map<string, Recorder>();
  for (const { name, mode } of KINDS) {
    recorders.set(name, await startRecorder(mode === 'read-only' ? replica : primary));
  }
  const file = createTargetsFile();
  file.write(
    KINDS.map((kind) => entryOf(kind, recorders.get(kind.name)?.port ?? 0, { isRecorded: true })),
    QUERIES,
  );
  const backend = spawnCli(['serve'], {
    ...backendEnvironment(primary, file.path),
    SCHEDULE: '* * * * * *',
  });
  try {
    const runs = () => backend.logs().filter(({ msg }) => msg === 'run');
    const isDone = (name: string) => runs().filter(({ target }) => target === name).length >= RUNS;
    await until(() => KINDS.every(({ name }) => isDone(name)), {
      what: 'the recorded runs',
      withinMs: 60_000,
      everyMs: 100,
    });
    const failed = runs().find(({ outcome }) => outcome === 'failure');
    if (failed !== undefined) throw new Error(`nothing to record: ${JSON.stringify(failed)}`);
    return new Map([...recorders].map(([name, recorder]) => [name, recorder.recording()]));
  } finally {
    backend.kill();
    await backend.ended;
    await Promise.all([...recorders.values()].map((recorder) => recorder.close()));
    rmSync(file.folder, { recursive: true });
  }
}

/** Makes the roles of KINDS, before the replica is copied. */
export async function setUpRoles({ connection }: EmbeddedPostgres): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  await client.query(SETUP_SQL);
  await client.end();
}
