/** The probe's own table: never an application's. */
export const PROBE_TABLE = 'pglatency_probe';

/** Creates the table and its index; safe to run again. For the table's owner. */
export const SCHEMA_SQL = `\
CREATE TABLE IF NOT EXISTS ${PROBE_TABLE} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  region text NOT NULL,
  inserted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS ${PROBE_TABLE}_region_inserted_at
  ON ${PROBE_TABLE} (region, inserted_at);
`;

/** What the probe's role needs, and no more. */
export function grantSql(role: string): string {
  return `GRANT SELECT, INSERT, DELETE ON ${PROBE_TABLE} TO ${role};\n`;
}
