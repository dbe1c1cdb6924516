/** The probe's own table: never an application's. */
export const PROBE_TABLE = 'pglatency_probe';

/** The table's name in SQL; `schema` null: the first that has it in the role's search path. */
export function probeTable(schema: string | null): string {
  return schema === null ? PROBE_TABLE : `"${schema.replaceAll('"', '""')}".${PROBE_TABLE}`;
}

/** Creates the table and its index; safe to run again. For the table's owner. */
export function schemaSql(schema: string | null): string {
  const table = probeTable(schema);
  return `\
CREATE TABLE IF NOT EXISTS ${table} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  region text NOT NULL,
  inserted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS ${PROBE_TABLE}_region_inserted_at
  ON ${table} (region, inserted_at);
`;
}

export const SCHEMA_SQL = schemaSql(null);

/** What the probe's role needs, and no more. */
export function grantSql(role: string): string {
  return `GRANT SELECT, INSERT, DELETE ON ${PROBE_TABLE} TO ${role};\n`;
}
