import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/audit/report/report.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { auditEnv } from '../helpers/audit.js';
import { runCli } from '../helpers/cli.js';
import { requireTool } from '../helpers/tools.js';

let server: EmbeddedPostgres;

beforeAll(async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
  server = await startEmbeddedPostgres({
    settings: { ssl: 'on' },
    files: { 'server.crt': cert, 'server.key': key },
  });
});
afterAll(() => server.dispose());

const ASK = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
const NODE_POSTGRES = `import pg from 'pg';
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  const { stream } = client.connection;
  const { rows } = await client.query("${ASK}");
  console.log('to the server', rows[0].ssl, 'to the proxy', stream.encrypted === true);
  await client.end();`;

async function audit(args: readonly string[], mode: string) {
  const url = `${auditEnv(server).DATABASE_URL}?sslmode=${mode}`;
  const { code, stdout, stderr } = await runCli(
    ['audit', '--rtt', 'lhr=12', '--format', 'json', ...args],
    { DATABASE_URL: url },
  );
  expect(code, stderr).toBe(0);
  return { report: JSON.parse(stdout) as Report, stderr };
}

const NODE = ['--', process.execPath, '--input-type=module', '-e', NODE_POSTGRES];
const PSQL = ['--', 'psql', '-XAt', '-c', ASK, '-c', '\\conninfo'];

describe('a server that encrypts', () => {
  test('is spoken to with TLS, while the application speaks without', async () => {
    const { report, stderr } = await audit(NODE, 'require');
    expect(stderr).toContain('to the server true to the proxy false');
    // The request for it, and the handshake of TLS 1.3.
    expect(report.connections).toMatchObject({ encryption_trips: 2, login_trips: 3 });
  });

  test('--tls: node-postgres trusts the certificate of the run', async () => {
    const { report, stderr } = await audit(['--tls', ...NODE], 'require');
    expect(stderr).toContain('to the server true to the proxy true');
    expect(report.connections).toMatchObject({ opened: 1, login_trips: 3 });
  });

  test('--tls: psql checks it whole, and logs in without channel binding', async (context) => {
    requireTool(context, 'psql', 'Debian: apt install postgresql-client');
    const { report, stderr } = await audit(['--tls', ...PSQL], 'require');
    expect(stderr).toMatch(/^t$/m);
    expect(stderr).toMatch(/SSL connection/);
    expect(report.connections).toMatchObject({ opened: 1, login_trips: 3 });
  });

  test('sslmode=disable: nothing is encrypted, and nothing is counted for it', async () => {
    const { report, stderr } = await audit(NODE, 'disable');
    expect(stderr).toContain('to the server false to the proxy false');
    expect(report.connections).toMatchObject({ encryption_trips: 0 });
  });
});
