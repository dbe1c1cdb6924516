import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  /** The environment of a backend that uses it. */
  readonly env: Readonly<Record<string, string>>;
  readonly name: string;
  /** One statement, or several without parameters, as the superuser. */
  query<R extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<R[]>;
  /** A role that may log in and nothing else; returns a backend's environment. */
  createRole(options?: string): Promise<Record<string, string>>;
  /** The probe's sessions, in whatever state. */
  sessions(): Promise<number>;
  /** Sessions that wait for a lock. */
  waitingForLock(): Promise<number>;
  /** Holds the probe's table against everybody; returns how to let go of it. */
  lockTable(): Promise<() => Promise<void>>;
  drop(): Promise<void>;
}

/** A database of its own on the test run's PostgreSQL. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = inject('postgres');
  const name = `t_${randomBytes(6).toString('hex')}`;
  const admin = await connect({ ...server, database: 'postgres' });
  await admin.query(`CREATE DATABASE ${name}`);
  const client = await connect({ ...server, database: name });
  const roles: string[] = [];

  const env = (user: string, password: string) => ({
    DB_HOST: server.host,
    DB_PORT: String(server.port),
    DB_USER: user,
    DB_PASSWORD: password,
    DB_NAME: name,
    DB_SSLMODE: 'disable',
  });

  const count = async (condition: string) => {
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE datname = current_database() AND ${condition}`,
    );
    return rows[0]?.n ?? 0;
  };

  return {
    env: env(server.user, server.password),
    name,
    async query<R extends pg.QueryResultRow>(sql: string, values?: unknown[]) {
      return (await client.query<R>(sql, values)).rows;
    },
    async createRole(options = '') {
      const role = `r_${randomBytes(6).toString('hex')}`;
      roles.push(role);
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'role-password' ${options}`);
      return env(role, 'role-password');
    },
    sessions: () => count("application_name LIKE 'pglatency/%'"),
    waitingForLock: () => count("wait_event_type = 'Lock'"),
    async lockTable() {
      const holder = await connect({ ...server, database: name });
      await holder.query('BEGIN; LOCK TABLE pglatency_probe IN ACCESS EXCLUSIVE MODE');
      return () => holder.end();
    },
    async drop() {
      await client.end();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      for (const role of roles) await admin.query(`DROP ROLE ${role}`);
      await admin.end();
    },
  };
}

async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  // A test may end this session from another one.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
