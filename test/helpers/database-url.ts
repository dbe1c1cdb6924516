/** A connection string of a database on a server. */
export function urlOf(
  server: { host: string; port: number | string; user: string; password: string },
  database: string,
  parameters = '',
): string {
  const { host, port, user, password } = server;
  return `postgres://${user}:${password}@${host}:${port}/${database}${parameters}`;
}

/** A connection string of what `createDatabase` gives, at another port where one is given. */
export function urlOfEnvironment(
  env: Readonly<Record<string, string>>,
  port?: number | string,
): string {
  const { DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME } = env as Record<string, string>;
  return urlOf(
    {
      host: DB_HOST as string,
      port: port ?? (DB_PORT as string),
      user: DB_USER as string,
      password: DB_PASSWORD as string,
    },
    DB_NAME as string,
  );
}
