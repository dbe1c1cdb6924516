import { grantSql, PROBE_TABLE, quoted, tableSql } from '../../probe/schema-sql.js';
import type { Patient } from '../patient/patient.js';
import type { ServerFacts } from '../patient/server-facts.js';
import { broken, ok, unanswered, warning, type Check, type Finding } from './check.js';

/**
 * Every table of that name, wherever it is: its schema, whether the role finds it without the schema's name, what
 * the role may do, and whether row-level security holds for it.
 */
const TABLES_SQL = `SELECT n.nspname, pg_catalog.pg_table_is_visible(c.oid),
  pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
  pg_catalog.has_table_privilege(c.oid, 'SELECT'), pg_catalog.has_table_privilege(c.oid, 'INSERT'),
  pg_catalog.has_table_privilege(c.oid, 'DELETE'), pg_catalog.row_security_active(c.oid)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname = $1 AND c.relkind IN ('r', 'p') ORDER BY 2 DESC, 1`;

/** Where a new table would go, and whether the role may make it there. */
const SCHEMA_SQL = `SELECT n.nspname, pg_catalog.has_schema_privilege(n.oid, 'CREATE')
  FROM pg_catalog.pg_namespace n
  WHERE n.nspname = coalesce($1, pg_catalog.current_schema()::text)`;

interface ProbeTable {
  readonly schema: string;
  readonly isVisible: boolean;
  readonly isUsable: boolean;
  /** The rights that the role has. */
  readonly rights: ReadonlySet<string>;
  readonly isFiltered: boolean;
}

const READS = ['SELECT'];
const WRITES = ['SELECT', 'INSERT', 'DELETE'];

export const rightsCheck: Check = {
  name: 'rights',
  place: 'session',
  why: 'without its table, or rights on it, pglatency measures connect and ping, and every select and insert fails',
  async run(patient) {
    const facts = await patient.facts();
    if (!facts.ok) return [unanswered(facts)];
    const asked = await patient.ask(TABLES_SQL, [PROBE_TABLE]);
    if (!asked.ok) return [unanswered(asked)];
    const tables = asked.rows.map(toTable);
    const { probeSchema } = patient.target;
    const table = tables.find(({ schema, isVisible }) =>
      probeSchema === null ? isVisible : schema === probeSchema,
    );
    if (table !== undefined) return [judgeTable(table, patient, facts)];
    return [await judgeAbsence(tables, patient, facts)];
  },
};

function toTable([schema, isVisible, isUsable, select, insert, remove, isFiltered]: readonly (
  string | null
)[]): ProbeTable {
  const granted = Object.entries({ SELECT: select, INSERT: insert, DELETE: remove });
  return {
    schema: schema ?? '',
    isVisible: isVisible === 't',
    isUsable: isUsable === 't',
    rights: new Set(granted.flatMap(([name, value]) => (value === 't' ? [name] : []))),
    isFiltered: isFiltered === 't',
  };
}

/** Whether the probe would write: not on a standby, nor on a read-only target. */
function isWritten({ target, config }: Patient, { isStandby }: ServerFacts): boolean {
  return config === null ? !isStandby : target.mode === 'read-write';
}

function judgeTable(table: ProbeTable, patient: Patient, facts: ServerFacts): Finding {
  const { schema, rights, isUsable, isFiltered } = table;
  const name = `${schema}.${PROBE_TABLE}`;
  const needed = isWritten(patient, facts) ? WRITES : READS;
  const missing = needed.filter((right) => !rights.has(right));
  const grant = grantSql(facts.role, schema).trimEnd();
  if (!isUsable) return broken(`${facts.role} may not use the schema ${schema} of ${name}`, grant);
  if (missing.length > 0) {
    return broken(`${facts.role} lacks ${missing.join(', ')} on ${name}`, grant);
  }
  if (isFiltered) {
    return broken(
      `row-level security holds for ${facts.role} on ${name}`,
      `ALTER TABLE ${quoted(schema)}.${PROBE_TABLE} DISABLE ROW LEVEL SECURITY;`,
      'it hides rows, so that nothing is counted, or refuses them',
    );
  }
  return ok(`${facts.role} has ${needed.join(', ')} on ${name}`);
}

async function judgeAbsence(
  tables: readonly ProbeTable[],
  patient: Patient,
  facts: ServerFacts,
): Promise<Finding> {
  const { target, config } = patient;
  // Somebody who gives a connection string may not want a table.
  const say = config === null ? warning : broken;
  const [other] = tables;
  if (other !== undefined) {
    const found = `${PROBE_TABLE} is in the schema ${other.schema}, but pglatency looks for it ${target.probeSchema === null ? 'along the search_path' : `in ${target.probeSchema}`}`;
    return say(found, `PROBE_SCHEMA=${other.schema}`);
  }
  const asked = await patient.ask(SCHEMA_SQL, [target.probeSchema]);
  if (!asked.ok) return unanswered(asked);
  const [schema = null, mayCreate] = asked.rows[0] ?? [];
  const create = target.probeSchema ?? schema;
  const sql = [
    ...(schema === null && create !== null ? [`CREATE SCHEMA ${quoted(create)};`] : []),
    tableSql(create).trimEnd(),
    grantSql(facts.role, create).trimEnd(),
  ].join('\n');
  if (facts.isStandby)
    return say(`there is no ${PROBE_TABLE} on this standby`, `-- on the primary:\n${sql}`);
  if (mayCreate === 't') {
    return ok(`there is no ${PROBE_TABLE} yet, and ${facts.role} may make it in ${schema ?? ''}`);
  }
  const where = schema === null ? 'no schema for it' : `no right to make it in ${schema}`;
  return say(`there is no ${PROBE_TABLE}, and ${facts.role} has ${where}`, sql);
}
