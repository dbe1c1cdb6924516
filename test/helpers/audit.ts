import { inject } from 'vitest';
import type { Report } from '../../src/audit/report/report.js';
import { spawnCli, type CliProcess } from './cli.js';
import { until } from './until.js';

/** The test run's server, or another one. */
export interface AuditedServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface RunningAudit {
  readonly cli: CliProcess;
  readonly port: number;
  /** For `new pg.Client(...)`: through the proxy. */
  readonly connection: AuditedServer & { readonly database: string };
  /** Ends it, and gives its report. */
  report(): Promise<Report>;
}

/** The environment that names a server to the audit. */
export function auditEnv(server: AuditedServer, database = 'postgres'): Record<string, string> {
  const { host, port, user, password } = server;
  return {
    DATABASE_URL: `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`,
  };
}

/** An audit that waits for an application; it is to be ended by `report` or by its process. */
export async function startAudit(
  args: readonly string[] = [],
  {
    server = inject('postgres'),
    database = 'postgres',
  }: { server?: AuditedServer; database?: string } = {},
): Promise<RunningAudit> {
  const cli = spawnCli(
    ['audit', '--listen', '0', '--format', 'json', '--rtt', 'lhr=12,syd=269', ...args],
    auditEnv(server, database),
  );
  const port = await until(
    () => {
      if (cli.child.exitCode !== null) throw new Error(`it ended: ${cli.stderr()}`);
      return /connect your application to postgresql:\/\/\S+:(\d+)\//.exec(cli.stderr())?.[1];
    },
    { what: 'the audit', withinMs: 30_000 },
  );
  return {
    cli,
    port: Number(port),
    connection: { ...server, host: '127.0.0.1', port: Number(port), database },
    async report() {
      cli.kill('SIGINT');
      await cli.ended;
      return JSON.parse(cli.stdout()) as Report;
    },
  };
}
