import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { urlOf } from '../helpers/database-url.js';
import { visit } from '../helpers/doctor.js';
import { fetchVersion, OLDER_VERSIONS } from '../helpers/postgres-versions.js';

/** Past their end of life by whatever clock this runs. */
const ENDED = ['12', '13'];

describe.each(OLDER_VERSIONS)('PostgreSQL %s', (major) => {
  test('every check is made for a role that may only connect, and finds what is planted', async (context) => {
    const { binaries, remove } = await fetchVersion(context, major);
    const server = await startEmbeddedPostgres({ binaries, database: 'contacts' });
    const owner = new pg.Client(server.connection);
    try {
      await owner.connect();
      await owner.query("CREATE ROLE app LOGIN PASSWORD 'secret'");
      await owner.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
      const app = { ...server, user: 'app', password: 'secret' };
      const first = await visit([urlOf(app, 'contacts')]);
      const { version, rights, ...others } = first.statuses;
      expect(others).toEqual(Object.fromEntries(Object.keys(others).map((it) => [it, 'ok'])));
      expect(rights).toBe('warning');
      expect(first.of('version')[0]?.found).toMatch(new RegExp(`^PostgreSQL ${major}\\.`));
      if (ENDED.includes(major)) expect(version).toBe('warning');
      expect(first.code).toBe(0);
      const troubles = 'SET synchronous_commit = local; CREATE PUBLICATION p FOR ALL TABLES';
      await owner.query(troubles);
      await owner.query("ALTER SYSTEM SET synchronous_standby_names = 'ghost'");
      await owner.query('SELECT pg_reload_conf()');
      await owner.query("ALTER ROLE app SET statement_timeout = '100ms'");
      await owner.query('ALTER ROLE app CONNECTION LIMIT 3');
      const { code, statuses } = await visit([urlOf(app, 'contacts')]);
      expect(statuses).toMatchObject({
        ...{ publications: 'warning', timeouts: 'warning', connections: 'warning' },
        ...{ replication: 'broken', rights: 'warning' },
      });
      expect(code).toBe(1);
    } finally {
      await owner.end();
      await server.dispose();
      await remove();
    }
  }, 120_000);
});
