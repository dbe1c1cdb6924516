import pg from 'pg';

/** One query on a connection of its own; the first row, empty when there is none. */
export async function ask(config: pg.ClientConfig, sql: string): Promise<Record<string, unknown>> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows[0] ?? {};
  } finally {
    await client.end();
  }
}
