import { grantSql, quoted, tableSql } from './schema-sql.js';

export interface SchemaScriptOptions {
  /** The role that measures, as it is stored; null: none is made. */
  readonly role: string | null;
  /** Of the table, as it is stored; null: the first of the search_path. */
  readonly schema: string | null;
  /** How many regions share the role, from 1. */
  readonly regions: number;
}

export const DEFAULT_REGIONS = 10;

/** The most connections that one backend ever holds to one target, in whatever state. */
export const CONNECTIONS_OF_A_BACKEND = 6;

/** Two deploys that overlap: each has one more backend for a while, because regions are replaced one by one. */
export const EXTRA_BACKENDS = 2;

/**
 * SQL for the owner of a database: the probe's table, its schema and its role, as far as they are named.
 * Safe to run again. infra/sql/schema.sql is this for the role `pglatency`.
 */
export function schemaScript({ role, schema, regions }: SchemaScriptOptions): string {
  return [
    header(role, schema),
    ...(schema === null ? [] : [`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)};\n`]),
    tableSql(schema),
    ...(role === null ? [] : [roleSql(role), grantSql(role, schema), limitSql(role, regions)]),
  ].join('\n');
}

function header(role: string | null, schema: string | null): string {
  const who = role === null ? '' : `, and the role ${quoted(role)} that measures with it`;
  const password =
    role === null
      ? ''
      : `--\n-- Set the role's password by itself, so that it is in no file:   \\password ${quoted(role)}\n`;
  return `\
-- The probe's table${who}.
-- For the owner of the database; safe to run again:
--
--   psql -v ON_ERROR_STOP=1 -f schema.sql "host=… dbname=… user=…"
${password}--
-- Logical replication. A publication FOR ALL TABLES includes this table. A subscriber that lacks the
-- table then stops with an error, and its slot keeps WAL here until the disk is full. Look for one:
--
--   SELECT pubname FROM pg_publication WHERE puballtables;
--
-- PostgreSQL up to 18 cannot leave one table out of such a publication. If there is one, do one of these
-- before you run this file:
--
-- a) Give the table a database of its own on this server: a publication belongs to one database.
--
--      CREATE DATABASE pglatency;
--
--    Run this file there, and set DB_NAME=pglatency.
--
-- b) Publish chosen schemas (from PostgreSQL 15 on) or chosen tables, and keep this table in a schema that
--    is not among them: pglatency schema --schema pglatency, and PROBE_SCHEMA=pglatency. On the publisher:
--
--      CREATE PUBLICATION chosen FOR TABLES IN SCHEMA public;    -- or FOR TABLE orders, customers
--
--    Once every subscriber has caught up, on each of them:
--
--      ALTER SUBSCRIPTION name SET PUBLICATION chosen;
--
--    Then drop the publication FOR ALL TABLES: it cannot be changed into another kind.
--
-- c) Make the same table on every subscriber first: run the ${schema === null ? '' : 'CREATE SCHEMA and '}CREATE TABLE of this file there.
--    Its rows arrive there once somebody runs ALTER SUBSCRIPTION … REFRESH PUBLICATION, which does no harm.
`;
}

function roleSql(role: string): string {
  return `\
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role.replaceAll("'", "''")}') THEN
    CREATE ROLE ${quoted(role)} LOGIN;
  END IF;
END
$$;
`;
}

function limitSql(role: string, regions: number): string {
  const limit = CONNECTIONS_OF_A_BACKEND * (regions + EXTRA_BACKENDS);
  const product = `${CONNECTIONS_OF_A_BACKEND} × (${regions} + ${EXTRA_BACKENDS})`;
  return `\
-- ${product}: a backend holds at most ${CONNECTIONS_OF_A_BACKEND} connections of one target, and most of the time fewer.
-- Regions that share the role: ${regions} (pglatency schema --regions N). Two deploys that overlap run ${EXTRA_BACKENDS} more.
-- The limit must stay well below max_connections. Only the probe may use the role: an application that
-- logs in with it would share the limit.
ALTER ROLE ${quoted(role)} CONNECTION LIMIT ${limit};
`;
}
