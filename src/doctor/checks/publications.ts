import { PROBE_TABLE, quoted, tableSql } from '../../probe/schema-sql.js';
import type { ServerFacts } from '../patient/server-facts.js';
import { ok, unanswered, warning, type Check } from './check.js';

const ALL_TABLES = 'SELECT pubname::text FROM pg_catalog.pg_publication WHERE puballtables';
/** Those that name the table itself. $1: its name; $2: its schema, null: along the search_path. */
const NAMED = `SELECT p.pubname::text FROM pg_catalog.pg_publication p
  JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid
  JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname = $1
    AND CASE WHEN $2::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $2 END`;
/** From PostgreSQL 15 on. */
const OF_SCHEMA = `SELECT p.pubname::text FROM pg_catalog.pg_publication p
  JOIN pg_catalog.pg_publication_namespace s ON s.pnpubid = p.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid
  WHERE n.nspname = coalesce($2, pg_catalog.current_schema()::text)`;
const SCHEMAS_SINCE = 150_000;

function sqlFor({ version }: ServerFacts): string {
  const parts = version >= SCHEMAS_SINCE ? [ALL_TABLES, NAMED, OF_SCHEMA] : [ALL_TABLES, NAMED];
  return parts.join(' UNION ');
}

export const publicationsCheck: Check = {
  name: 'publications',
  place: 'session',
  why: 'a subscriber that lacks the table stops with an error, and its slot keeps WAL here until the disk is full',
  async run(patient) {
    const facts = await patient.facts();
    if (!facts.ok) return [unanswered(facts)];
    const { probeSchema } = patient.target;
    const asked = await patient.ask(sqlFor(facts), [PROBE_TABLE, probeSchema]);
    if (!asked.ok) return [unanswered(asked)];
    const names = asked.rows.map(([name]) => quoted(name ?? ''));
    if (names.length === 0) return [ok(`no publication includes ${PROBE_TABLE}`)];
    const what = names.length === 1 ? 'the publication' : 'the publications';
    const includes = names.length === 1 ? 'includes' : 'include';
    return [
      warning(
        `${what} ${names.join(', ')} ${includes} ${PROBE_TABLE}, so pglatency does not create the table itself`,
        `-- on each subscriber first; pglatency schema prints two other ways\n${tableSql(probeSchema).trimEnd()}`,
      ),
    ];
  },
};
