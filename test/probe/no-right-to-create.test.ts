import { afterEach, describe, expect, test } from 'vitest';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';

let database: TestDatabase | undefined;
let backend: TestBackend | undefined;

afterEach(async () => {
  await backend?.close();
  await database?.drop();
  backend = database = undefined;
});

interface Answer {
  readonly outcome: string;
  readonly connect_ms: number | null;
  readonly ping_p50_ms: number | null;
  readonly read_p50_ms: number | null;
  readonly insert_p50_ms: number | null;
  readonly failures: readonly { operation: string; reason: string; message: string }[];
}

const FORBID_DDL = `
  CREATE FUNCTION no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        RAISE EXCEPTION 'DDL only by migrations';
      END IF;
    END $$;
  CREATE EVENT TRIGGER no_ddl ON ddl_command_start EXECUTE FUNCTION no_ddl()`;

/** What is done in a new database, of the probe's role. */
const CASES: readonly [string, (role: string, name: string) => string, RegExp][] = [
  ['it may not create in public (42501)', () => 'SELECT 1', /permission denied/],
  [
    'it may not use public (3F000)',
    () => 'REVOKE ALL ON SCHEMA public FROM PUBLIC',
    /no schema has been selected/,
  ],
  [
    'its search_path is empty (3F000)',
    (role, name) => `ALTER ROLE ${role} IN DATABASE ${name} SET search_path = ''`,
    /no schema has been selected/,
  ],
  [
    "the application's schema comes first, and public was dropped (3F000)",
    (_, name) =>
      `DROP SCHEMA public; CREATE SCHEMA app; ALTER DATABASE ${name} SET search_path = app`,
    /no schema has been selected/,
  ],
  [
    'an event trigger forbids it (P0001)',
    (role) => `GRANT CREATE ON SCHEMA public TO ${role}; ${FORBID_DDL}`,
    /DDL only by migrations/,
  ],
  [
    'its sessions write nothing (25006)',
    (role) =>
      `GRANT CREATE ON SCHEMA public TO ${role}; ALTER ROLE ${role} SET default_transaction_read_only = on`,
    /read-only transaction/,
  ],
  [
    'the first schema of its search_path does not exist (3F000)',
    (role) => `ALTER ROLE ${role} SET search_path = nowhere`,
    /no schema has been selected/,
  ],
];

describe('a role that cannot make the table loses ping as well', () => {
  test.each(CASES)('because %s', async (_, prepare, why) => {
    const made = (database = await createDatabase());
    const env = await made.createRole();
    await made.query(prepare(env.DB_USER as string, made.name));
    backend = await startTestBackend({ ...env, SCHEDULE: '0 0 1 1 *' });
    const { body } = await backend.get<Answer>('/api/rds/benchmark?iterations=2');
    expect(body).toMatchObject({ outcome: 'partial', read_p50_ms: null, insert_p50_ms: null });
    expect(body.connect_ms).toBeGreaterThan(0);
    expect(body.ping_p50_ms).toBeGreaterThan(0);
    for (const { operation, reason, message } of body.failures) {
      expect([operation, reason]).toEqual([
        expect.stringMatching(/^(select|insert)$/),
        'missing_table',
      ]);
      expect(message).toMatch(why);
      expect(message).toContain('CREATE TABLE IF NOT EXISTS');
    }
  });
});
