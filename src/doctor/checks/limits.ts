import { plural } from '../../ping/figures.js';
import { CONNECTIONS_OF_A_BACKEND, EXTRA_BACKENDS } from '../../probe/schema-script.js';
import { quoted } from '../../probe/schema-sql.js';
import type { Patient } from '../patient/patient.js';
import type { ServerFacts } from '../patient/server-facts.js';
import { broken, ok, unanswered, warning, type Check, type Finding } from './check.js';

/**
 * Every role may see which sessions there are, but nothing else about the sessions of others. Those that
 * replicate or work for another session count apart, as far as this role sees what they are. A limit of -1 is
 * none.
 */
const SQL = `SELECT pg_catalog.current_setting('max_connections'),
  pg_catalog.current_setting('superuser_reserved_connections'),
  coalesce(pg_catalog.current_setting('reserved_connections', true), '0'),
  (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usesysid IS NOT NULL AND datid IS NOT NULL
    AND coalesce(backend_type, 'client backend') = 'client backend'),
  (SELECT rolconnlimit FROM pg_catalog.pg_roles WHERE rolname = current_user),
  (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usename = current_user AND datid IS NOT NULL
    AND coalesce(backend_type, 'client backend') = 'client backend'),
  (SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()),
  (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database()
    AND coalesce(backend_type, 'client backend') = 'client backend')`;

/** The share of free connections below which the next wave of connections is refused. */
const LITTLE_SHARE = 0.1;

const HOLDERS =
  'SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC';

export const limitsCheck: Check = {
  name: 'connections',
  place: 'session',
  why: 'when a limit is reached, applications are refused, and pglatency reports too_many_connections',
  async run(patient) {
    const facts = await patient.facts();
    if (!facts.ok) return [unanswered(facts)];
    const asked = await patient.ask(SQL);
    if (!asked.ok) return [unanswered(asked)];
    const [max, superusers, reserved, used, roleLimit, ofRole, databaseLimit, ofDatabase] = (
      asked.rows[0] ?? []
    ).map(Number) as [number, number, number, number, number, number, number, number];
    const forMe = facts.isSuperuser ? max : max - superusers - reserved;
    const findings = [
      ...judgeServer(forMe, used),
      ...(facts.isSuperuser ? [] : judgeRole(roleLimit, ofRole, patient, facts)),
      ...(facts.isSuperuser ? [] : judgeDatabase(databaseLimit, ofDatabase, facts)),
    ];
    if (findings.length > 0) return findings;
    const role =
      roleLimit < 0 || facts.isSuperuser
        ? 'the role has no limit'
        : `the role has ${ofRole} of ${roleLimit}`;
    return [ok(`${used} of ${forMe} connections are taken, and ${role}`)];
  },
};

function judgeServer(max: number, used: number): Finding[] {
  const free = max - used;
  if (free >= Math.max(CONNECTIONS_OF_A_BACKEND, max * LITTLE_SHARE)) return [];
  const mend = `${HOLDERS}; then end sessions that are idle for long, put a pooler before it, or: ALTER SYSTEM SET max_connections = ${2 * max}, and a restart`;
  const found = `${used} of ${max} connections are taken`;
  return [
    free <= 0
      ? broken(`${found}: none is free`, mend)
      : warning(`${found}: ${free} are free`, mend),
  ];
}

/** How many connections pglatency may come to hold: a backend's, of each region that is known. */
function neededFor({ config }: Patient): { count: number; text: string } {
  const peers = config?.peers.kind === 'list' ? config.peers.peers.length : 0;
  if (peers < 2) {
    return {
      count: CONNECTIONS_OF_A_BACKEND,
      text: `a backend holds up to ${CONNECTIONS_OF_A_BACKEND}`,
    };
  }
  const count = CONNECTIONS_OF_A_BACKEND * (peers + EXTRA_BACKENDS);
  return {
    count,
    text: `${peers} backends, and ${EXTRA_BACKENDS} more in a deploy, hold up to ${count}`,
  };
}

function judgeRole(
  limit: number,
  used: number,
  patient: Patient,
  { role }: ServerFacts,
): Finding[] {
  const needed = neededFor(patient);
  if (limit < 0 || limit >= needed.count) return [];
  const found = `${role} may have ${plural(limit, 'connection')} and has ${used}; ${needed.text}`;
  const mend = `ALTER ROLE ${quoted(role)} CONNECTION LIMIT ${needed.count};`;
  return [used >= limit ? broken(`${found}: none is free`, mend) : warning(found, mend)];
}

function judgeDatabase(limit: number, used: number, { database }: ServerFacts): Finding[] {
  if (limit < 0 || limit - used >= CONNECTIONS_OF_A_BACKEND) return [];
  const found = `the database ${database} may have ${plural(limit, 'connection')} and has ${used}`;
  const mend = `ALTER DATABASE ${quoted(database)} CONNECTION LIMIT ${used + 4 * CONNECTIONS_OF_A_BACKEND};`;
  return [used >= limit ? broken(`${found}: none is free`, mend) : warning(found, mend)];
}
