/** The probe's own table: never an application's. */
export const PROBE_TABLE = 'pglatency_probe';

/** A name in SQL text, exactly as it is stored: case counts. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The probe's table as it stands in SQL; without a schema it is found by the role's search_path. */
export function probeTable(schema: string | null): string {
  return schema === null ? PROBE_TABLE : `${quoted(schema)}.${PROBE_TABLE}`;
}

/** Creates the table and its index, in a schema that exists; safe to run again. For the table's owner. */
export function tableSql(schema: string | null): string {
  return `\
CREATE TABLE IF NOT EXISTS ${probeTable(schema)} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  region text NOT NULL,
  inserted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS ${PROBE_TABLE}_region_inserted_at
  ON ${probeTable(schema)} (region, inserted_at);
`;
}

/** What the probe's role needs, and no more. */
export function grantSql(role: string, schema: string | null): string {
  const table = `GRANT SELECT, INSERT, DELETE ON ${probeTable(schema)} TO ${quoted(role)};\n`;
  return schema === null
    ? table
    : `GRANT USAGE ON SCHEMA ${quoted(schema)} TO ${quoted(role)};\n${table}`;
}
