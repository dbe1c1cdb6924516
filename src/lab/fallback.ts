import { startEmbeddedPostgres } from './embedded-postgres.js';

/**
 * A database for `serve --embedded`, when none is configured: the environment that leads to a freshly
 * started PostgreSQL, and how to end and remove it.
 *
 * @throws Error when it cannot be started; nothing is left behind.
 */
export async function startFallbackDatabase(): Promise<{
  env: Record<string, string>;
  dispose: () => Promise<void>;
}> {
  const server = await startEmbeddedPostgres({ database: 'pglatency' });
  return { env: databaseEnvironment(server.connection), dispose: server.dispose };
}

/** The variables by which a backend finds a database, without TLS. */
export function databaseEnvironment(connection: {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}): Record<string, string> {
  return {
    DB_HOST: connection.host,
    DB_PORT: String(connection.port),
    DB_USER: connection.user,
    DB_PASSWORD: connection.password,
    DB_NAME: connection.database,
    DB_SSLMODE: 'disable',
  };
}
