import pg from 'pg';

/** How many sessions of programs whose name begins so these servers have together. */
export async function sessionsOn(
  servers: readonly { readonly connection: pg.ClientConfig }[],
  program: string,
): Promise<number> {
  const counts = await Promise.all(
    servers.map(async ({ connection }) => {
      const client = new pg.Client(connection);
      await client.connect();
      const { rows } = await client.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM pg_stat_activity WHERE starts_with(application_name, $1)',
        [program],
      );
      await client.end();
      return rows[0]?.n ?? 0;
    }),
  );
  return counts.reduce((sum, n) => sum + n, 0);
}
