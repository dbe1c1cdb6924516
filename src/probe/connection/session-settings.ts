import type { Connection } from './connection.js';

/**
 * What lets the server notice by itself that this client has gone: it probes an idle connection after a
 * minute and gives it up after 30 s without an answer, and from PostgreSQL 14 on it looks every ten seconds
 * also while a statement waits. Every role may set them, for its own session.
 * https://www.postgresql.org/docs/current/runtime-config-connection.html
 */
const SETTINGS: readonly { name: string; value: string; since: number }[] = [
  { name: 'tcp_keepalives_idle', value: '60', since: 0 },
  { name: 'tcp_keepalives_interval', value: '10', since: 0 },
  { name: 'tcp_keepalives_count', value: '3', since: 0 },
  { name: 'client_connection_check_interval', value: '10s', since: 140_000 },
];

/**
 * Sets them on a new connection. Behind a pooler they would reach other clients, so nothing is set there.
 *
 * @throws the connection's error; what the server refuses is left out.
 */
export async function applySessionSettings(connection: Connection): Promise<void> {
  const { isPooler, serverVersion } = connection;
  if (isPooler) return;
  const calls = SETTINGS.filter(({ since }) => since <= (serverVersion ?? 0)).map(
    ({ name, value }) => `set_config('${name}', '${value}', false)`,
  );
  try {
    await connection.ask([{ text: `SELECT ${calls.join(', ')}` }]);
  } catch (error) {
    // A server that calls itself PostgreSQL may not know them all.
    if (!connection.isAlive()) throw error;
  }
}
