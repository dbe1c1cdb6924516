import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { generate } from 'selfsigned';
import { atExit } from '../../src/lab/at-exit.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { PROBE_TABLE } from '../../src/probe/schema-sql.js';
import { DEFAULT_FLEET_CODES } from '../../src/regions/default-fleet.js';
import { spawnCli, type CliProcess } from '../../test/helpers/cli.js';
import { until } from '../../test/helpers/until.js';
import { ROLE } from './ledger.js';
import {
  backendSettings,
  REGIONS,
  RETENTION_SECONDS,
  ROUNDS,
  RUN_INTERVAL_SECONDS,
  SERVER_SETTINGS,
} from './lapse.js';

const SERVER_NAME = 'database.example.com';
const DATABASE = 'contacts';
/** Three visits of the autovacuum. */
const SETTLED_MS = 20_000;
const PASSWORD = 'of-this-bench-alone';

/** A server with TLS and an empty database of the probe's role. */
export interface CostServer {
  readonly postgres: EmbeddedPostgres;
  /** The owner's, in the probe's database. */
  readonly client: pg.Client;
  readonly caFile: string;
}

export async function withCostServer<T>(use: (server: CostServer) => Promise<T>): Promise<T> {
  const certificate = await generate([{ name: 'commonName', value: SERVER_NAME }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: SERVER_NAME }] },
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-bench-'));
  const forgetExit = atExit(() => rmSync(folder, { recursive: true, force: true }));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, certificate.cert);
  const postgres = await startEmbeddedPostgres({
    database: DATABASE,
    settings: SERVER_SETTINGS,
    files: { 'server.crt': certificate.cert, 'server.key': certificate.private },
  });
  const client = new pg.Client(postgres.connection);
  try {
    await client.connect();
    await client.query('CREATE EXTENSION pg_stat_statements');
    await client.query(`CREATE ROLE ${ROLE} LOGIN PASSWORD '${PASSWORD}'`);
    await client.query(`ALTER DATABASE ${DATABASE} OWNER TO ${ROLE}`);
    await settle(client);
    return await use({ postgres, client, caFile });
  } finally {
    await client.end().catch(() => undefined);
    await postgres.dispose();
    await rm(folder, { recursive: true, force: true });
    forgetExit();
  }
}

/** A new server still has its own catalogue to tidy: waits until it writes no more WAL for a while. */
async function settle(client: pg.Client): Promise<void> {
  await client.query('VACUUM (ANALYZE)');
  await client.query('CHECKPOINT');
  let [last, since] = ['', performance.now()];
  await until(
    async () => {
      const { rows } = await client.query<{ lsn: string }>(
        'SELECT pg_current_wal_insert_lsn() AS lsn',
      );
      const lsn = rows[0]?.lsn ?? '';
      if (lsn !== last) [last, since] = [lsn, performance.now()];
      return performance.now() - since > SETTLED_MS;
    },
    { what: 'a settled server', withinMs: 120_000, everyMs: 500 },
  );
}

/** Ten production backends, whose table is as full as after hours. */
export interface RunningRegions {
  /** How many runs have ended. @throws Error when one of them did not succeed. */
  countRuns(): number;
}

export async function withRegions<T>(
  server: CostServer,
  use: (regions: RunningRegions) => Promise<T>,
): Promise<T> {
  const backends = DEFAULT_FLEET_CODES.slice(0, REGIONS).map((code, place) =>
    startRegion(code, place, server),
  );
  const forgetExit = atExit(() => backends.forEach((backend) => backend.kill('SIGKILL')));
  const runsOf = (backend: CliProcess) => backend.logs().filter(({ msg }) => msg === 'run');
  const countRuns = () => {
    const runs = backends.flatMap(runsOf);
    const failed = runs.find(({ outcome }) => outcome !== 'success');
    if (failed !== undefined) throw new Error(`a run failed: ${JSON.stringify(failed)}`);
    return runs.length;
  };
  try {
    const each = () => backends.every((backend) => runsOf(backend).length > 1);
    await until(each, { what: 'two runs of each region', withinMs: 60_000, everyMs: 250 });
    await fillTable(server.client);
    return await use({ countRuns });
  } finally {
    backends.forEach((backend) => backend.kill('SIGTERM'));
    await Promise.all(backends.map(({ ended }) => ended));
    forgetExit();
  }
}

/** The default settings but for the time lapse, and for how the server is found. */
function startRegion(code: string, place: number, { postgres, caFile }: CostServer): CliProcess {
  return spawnCli(['serve'], {
    NODE_ENV: 'production',
    LISTEN_HOST: '127.0.0.1',
    PORT: '0',
    FLY_REGION: code,
    DB_HOST: postgres.host,
    DB_PORT: String(postgres.port),
    DB_USER: ROLE,
    DB_PASSWORD: PASSWORD,
    DB_CA_FILE: caFile,
    DB_TLS_SERVERNAME: SERVER_NAME,
    ...backendSettings(place),
  });
}

/** The rows that RETENTION would have left, in the order in which they would have come. */
async function fillTable(client: pg.Client): Promise<void> {
  const rows = (RETENTION_SECONDS / RUN_INTERVAL_SECONDS) * ROUNDS;
  await client.query(
    `INSERT INTO ${PROBE_TABLE} (region, inserted_at)
     SELECT region, now() - age * $1::float8 * interval '1 second' AS inserted_at
     FROM (SELECT DISTINCT region FROM ${PROBE_TABLE}) r, generate_series($2::int, 1, -1) age
     ORDER BY inserted_at`,
    [RETENTION_SECONDS / rows, rows],
  );
  await client.query(`VACUUM (ANALYZE) ${PROBE_TABLE}`);
  await client.query('CHECKPOINT');
}
