import type { EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';

/** A way in which a target is reached: its entry in TARGETS_FILE, without host and port. */
export interface Kind {
  readonly name: string;
  readonly user: string;
  readonly mode?: 'read-only';
  readonly replica_of?: string;
  readonly pooler?: true;
  /** How it is encrypted while it is fuzzed; it is recorded in clear. */
  readonly sslmode?: 'prefer' | 'require';
  readonly sslnegotiation?: 'direct';
}

export const PASSWORD = 'fuzz-password';

/** Each logs in by its own method, as pg_hba.conf has it. */
export const KINDS: readonly Kind[] = [
  { name: 'plain', user: 'by_trust' },
  { name: 'plain-too', user: 'by_trust' },
  { name: 'scram', user: 'by_scram' },
  { name: 'scram-too', user: 'by_scram' },
  { name: 'md5', user: 'by_md5' },
  { name: 'password', user: 'by_password' },
  { name: 'tls', user: 'by_scram', sslmode: 'prefer' },
  { name: 'tls-required', user: 'by_trust', sslmode: 'require' },
  { name: 'tls-direct', user: 'by_trust', sslmode: 'require', sslnegotiation: 'direct' },
  { name: 'pooler', user: 'by_trust', pooler: true },
  { name: 'replica', user: 'by_trust', mode: 'read-only', replica_of: 'plain' },
  { name: 'replica-too', user: 'by_scram', mode: 'read-only', replica_of: 'pooler' },
];

/** How each user of KINDS gets in. */
export const HBA = [
  ...['trust', 'scram-sha-256', 'md5', 'password'].map(
    (method) => `host all by_${method.split('-')[0] ?? method} 127.0.0.1/32 ${method}`,
  ),
];

export const SETUP_SQL = `
  CREATE ROLE by_trust LOGIN;
  CREATE ROLE by_scram LOGIN PASSWORD '${PASSWORD}';
  CREATE ROLE by_password LOGIN PASSWORD '${PASSWORD}';
  SET password_encryption = 'md5';
  CREATE ROLE by_md5 LOGIN PASSWORD '${PASSWORD}';
  GRANT ALL ON SCHEMA public TO PUBLIC;
  CREATE FUNCTION noisy() RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN RAISE NOTICE 'one'; RAISE WARNING 'two'; RETURN 1; END $$;
`;

/** Own queries that make a server send what the built-in operations do not. */
export const QUERIES = [
  { name: 'types', sql: "SELECT 1, 'text', NULL, now(), ARRAY[1, 2], '{}'::jsonb, 'NaN'::float8" },
  {
    name: 'rows',
    sql: 'SELECT i, repeat($1, 100) FROM generate_series(1, 200) AS i',
    parameters: ['x'],
  },
  { name: 'none', sql: 'SELECT 1 WHERE false' },
  { name: 'notice', sql: 'SELECT noisy()' },
  { name: 'setting', sql: "SELECT set_config('application_name', 'other', true)" },
  { name: 'wrong', sql: 'SELECT 1 / (random() * 0)::int' },
  { name: 'slow', sql: 'SELECT pg_sleep(5)', timeout_ms: 100, every: 3 },
].map((query) => ({ ...query, targets: KINDS.map(({ name }) => name) }));

/** The entry of a kind in TARGETS_FILE. */
export function entryOf(kind: Kind, port: number, { isRecorded }: { isRecorded: boolean }): object {
  const { sslmode = 'disable', sslnegotiation, ...rest } = kind;
  return {
    ...rest,
    host: '127.0.0.1',
    port,
    password_env: 'FUZZ_PASSWORD',
    sslmode: isRecorded ? 'disable' : sslmode,
    ...(!isRecorded && sslnegotiation && { sslnegotiation }),
  };
}

/** Of a backend whose primary is a healthy server, beside the targets of the file. */
export function backendEnvironment(healthy: EmbeddedPostgres, targetsFile: string) {
  const { host, port, user, password, database } = healthy.connection;
  return {
    NODE_ENV: 'production',
    LISTEN_HOST: '127.0.0.1',
    PORT: '0',
    DB_HOST: host,
    DB_PORT: String(port),
    DB_USER: user,
    DB_PASSWORD: password,
    DB_NAME: database,
    DB_SSLMODE: 'disable',
    TARGETS_FILE: targetsFile,
    FUZZ_PASSWORD: PASSWORD,
    ITERATIONS: '2',
  };
}
