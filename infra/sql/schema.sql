-- The probe's table and the role that measures with it. Run by the owner of the database, as often as
-- you like:
--
--   psql -v ON_ERROR_STOP=1 -f infra/sql/schema.sql "host=… dbname=contacts user=postgres"
--
-- The role's password is set apart, so that it stands in no file:   \password pglatency

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
    CREATE ROLE pglatency LOGIN;
  END IF;
END
$$;
-- A backend holds two connections and opens two more now and then; ten of them leave the rest to others.
ALTER ROLE pglatency NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT 50;

GRANT SELECT, INSERT, DELETE ON pglatency_probe TO pglatency;
