import { atExit } from '../../src/lab/at-exit.js';
import type { EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { spawnCli } from '../../test/helpers/cli.js';
import { until } from '../../test/helpers/until.js';

/** For `new pg.Client(...)`. */
export type Place = EmbeddedPostgres['connection'];

export interface AuditProcess {
  readonly place: Place;
  readonly pid: number | undefined;
  /** Ends it; returns the connections that it counted. */
  stop(): Promise<number>;
}

/** The built `pglatency audit` before a server, in a process of its own. */
export async function startAuditProcess({ connection }: EmbeddedPostgres): Promise<AuditProcess> {
  const { host, port, user, password, database } = connection;
  const cli = spawnCli(['audit', '--listen', '0', '--format', 'json', '--rtt', 'lhr=12'], {
    DATABASE_URL: `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`,
  });
  const forget = atExit(() => cli.kill('SIGKILL'));
  const found = await until(() => /127\.0\.0\.1:(\d+)\//.exec(cli.stderr())?.[1], {
    withinMs: 60_000,
    what: 'the audit',
  });
  return {
    place: { ...connection, host: '127.0.0.1', port: Number(found) },
    pid: cli.child.pid,
    async stop() {
      cli.kill('SIGINT');
      await cli.ended;
      forget();
      const { connections } = JSON.parse(cli.stdout()) as { connections: { opened: number } };
      return connections.opened;
    },
  };
}
