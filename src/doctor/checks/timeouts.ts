import { quoted } from '../../probe/schema-sql.js';
import type { Patient } from '../patient/patient.js';
import type { ServerFacts } from '../patient/server-facts.js';
import { broken, ok, unanswered, warning, type Check, type Finding } from './check.js';
import { settingDurationMs } from './setting-duration.js';

/** What is set on the role and on the database, the strongest first: `name=value`. Every role may see it. */
const ON_ROLE_AND_DATABASE_SQL = `SELECT CASE WHEN s.setrole <> 0 AND s.setdatabase <> 0 THEN 'both'
    WHEN s.setrole <> 0 THEN 'role' WHEN s.setdatabase <> 0 THEN 'database' ELSE 'all' END,
  pg_catalog.unnest(s.setconfig)
  FROM pg_catalog.pg_db_role_setting s
  WHERE s.setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user))
    AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
  ORDER BY s.setrole <> 0 AND s.setdatabase <> 0 DESC, s.setrole <> 0 DESC, s.setdatabase <> 0 DESC`;

/** What the server has in its files. This session's own statement_timeout hides that one. */
const ON_SERVER_SQL = `SELECT name, setting || coalesce(unit, '') FROM pg_catalog.pg_settings
  WHERE source IN ('configuration file', 'command line', 'environment variable', 'global')`;

type Holder = 'both' | 'role' | 'database' | 'all' | 'server';

interface Setting {
  readonly holder: Holder;
  readonly value: string;
}

interface Rule {
  /** A timeout below this causes trouble, in milliseconds. */
  readonly belowMs: number;
  readonly why: string;
}

/** A session of pglatency's, and of a pool, is idle for as long as this. */
const IDLE_MS = 180_000;

const RULES: Readonly<Record<string, Rule>> = {
  statement_timeout: {
    belowMs: 1_000,
    why: 'statements that wait a moment for a lock or a disk are cut off; pglatency sets its own, but not behind a pooler',
  },
  transaction_timeout: {
    belowMs: 1_000,
    why: 'transactions that wait a moment for a lock or a disk are ended with their session',
  },
  idle_session_timeout: {
    belowMs: IDLE_MS,
    why: 'the server ends the idle connections of pools, and those of pglatency between two runs, so that the next statement fails or connects again',
  },
};

/** Good practice, whatever they say; named so that you know of them. */
const NAMED = ['lock_timeout', 'idle_in_transaction_session_timeout'];
const READ_ONLY = 'default_transaction_read_only';

export const timeoutsCheck: Check = {
  name: 'timeouts',
  place: 'session',
  why: 'a timeout that is too short ends healthy statements and sessions',
  async run(patient) {
    const facts = await patient.facts();
    if (!facts.ok) return [unanswered(facts)];
    const server = await patient.ask(ON_SERVER_SQL);
    const own = await patient.ask(ON_ROLE_AND_DATABASE_SQL);
    if (!own.ok) return [unanswered(own)];
    if (!server.ok) return [unanswered(server)];
    const settings = collect(own.rows, server.rows);
    const findings = [
      ...judgeTimeouts(settings, facts),
      ...judgeReadOnly(settings, patient, facts),
    ];
    return findings.length > 0 ? findings : [ok(summary(settings))];
  },
};

/** By name; the strongest holder's. */
function collect(
  own: readonly (readonly (string | null)[])[],
  server: readonly (readonly (string | null)[])[],
): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  const add = (holder: Holder, name: string, value: string) => {
    if (!settings.has(name)) settings.set(name, { holder, value });
  };
  for (const [holder, text] of own) {
    const [name = '', ...value] = (text ?? '').split('=');
    add(holder as Holder, name.toLowerCase(), value.join('='));
  }
  for (const [name, value] of server) add('server', name ?? '', value ?? '');
  return settings;
}

function judgeTimeouts(settings: ReadonlyMap<string, Setting>, facts: ServerFacts): Finding[] {
  return Object.entries(RULES).flatMap(([name, { belowMs, why }]) => {
    const setting = settings.get(name);
    const ms = settingDurationMs(setting?.value ?? '0');
    if (setting === undefined || ms === null || ms === 0 || ms >= belowMs) return [];
    return [
      warning(
        `${name} = ${setting.value} ${ofHolder(setting, facts)}`,
        resetSql(name, setting, facts),
        why,
      ),
    ];
  });
}

function judgeReadOnly(
  settings: ReadonlyMap<string, Setting>,
  { config, target }: Patient,
  facts: ServerFacts,
): Finding[] {
  const setting = settings.get(READ_ONLY);
  if (setting === undefined || !/^(?:on|true|yes|1)$/i.test(setting.value)) return [];
  if (facts.isStandby) return [];
  const found = `${READ_ONLY} = ${setting.value} ${ofHolder(setting, facts)}`;
  const mend = resetSql(READ_ONLY, setting, facts);
  const why = 'every INSERT of this role fails; some services set it when the disk is nearly full';
  if (config === null) return [warning(found, mend, why)];
  return target.mode === 'read-write' ? [broken(found, mend, why)] : [];
}

function ofHolder({ holder }: Setting, { role, database }: ServerFacts): string {
  const texts: Readonly<Record<Holder, string>> = {
    both: `for the role ${role} in the database ${database}`,
    role: `for the role ${role}`,
    database: `for the database ${database}`,
    all: 'for all roles',
    server: 'for the whole server',
  };
  return texts[holder];
}

function resetSql(name: string, { holder }: Setting, { role, database }: ServerFacts): string {
  const texts: Readonly<Record<Holder, string>> = {
    both: `ALTER ROLE ${quoted(role)} IN DATABASE ${quoted(database)} RESET ${name};`,
    role: `ALTER ROLE ${quoted(role)} RESET ${name};`,
    database: `ALTER DATABASE ${quoted(database)} RESET ${name};`,
    all: `ALTER ROLE ALL RESET ${name};`,
    server: `ALTER SYSTEM RESET ${name}; SELECT pg_reload_conf();`,
  };
  return texts[holder];
}

function summary(settings: ReadonlyMap<string, Setting>): string {
  const set = [...Object.keys(RULES), ...NAMED].flatMap((name) => {
    const setting = settings.get(name);
    return setting === undefined || settingDurationMs(setting.value) === 0
      ? []
      : [`${name} = ${setting.value}`];
  });
  return set.length === 0 ? 'none is set on the role, the database or the server' : set.join(', ');
}
