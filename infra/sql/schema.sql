-- The probe's table, and the role "pglatency" that measures with it.
-- For the owner of the database; safe to run again:
--
--   psql -v ON_ERROR_STOP=1 -f schema.sql "host=… dbname=… user=…"
--
-- Set the role's password by itself, so that it is in no file:   \password "pglatency"
--
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
-- c) Make the same table on every subscriber first: run the CREATE TABLE of this file there.
--    Its rows arrive there once somebody runs ALTER SUBSCRIPTION … REFRESH PUBLICATION, which does no harm.

CREATE TABLE IF NOT EXISTS pglatency_probe (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  region text NOT NULL,
  inserted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS pglatency_probe_region_inserted_at
  ON pglatency_probe (region, inserted_at);

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pglatency') THEN
    CREATE ROLE "pglatency" LOGIN;
  END IF;
END
$$;

GRANT SELECT, INSERT, DELETE ON pglatency_probe TO "pglatency";

-- 6 × (10 + 2): a backend holds at most 6 connections of one target, and most of the time fewer.
-- Regions that share the role: 10 (pglatency schema --regions N). Two deploys that overlap run 2 more.
-- The limit must stay well below max_connections. Only the probe may use the role: an application that
-- logs in with it would share the limit.
ALTER ROLE "pglatency" CONNECTION LIMIT 72;
