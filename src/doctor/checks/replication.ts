import { plural } from '../../ping/figures.js';
import { quoted } from '../../probe/schema-sql.js';
import type { Patient } from '../patient/patient.js';
import { broken, ok, unanswered, unknown, warning, type Check, type Finding } from './check.js';
import { parseStandbyNames } from './standby-names.js';

/** Of a standby that this role may not see, only the row is there. */
const SQL = `SELECT pg_catalog.current_setting('synchronous_standby_names'),
  pg_catalog.current_setting('synchronous_commit'),
  (SELECT count(*) FROM pg_catalog.pg_stat_replication),
  (SELECT count(*) FROM pg_catalog.pg_stat_replication WHERE sync_state IS NULL),
  (SELECT count(*) FROM pg_catalog.pg_stat_replication WHERE sync_state IN ('sync', 'quorum')),
  (SELECT count(*) FROM pg_catalog.pg_stat_replication WHERE sync_state = 'potential'),
  (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE wait_event = 'SyncRep')`;

export const replicationCheck: Check = {
  name: 'replication',
  place: 'session',
  why: 'while a synchronous standby is missing, each COMMIT waits for it without end, and holds its locks and its connection',
  run: async (patient) => [await judge(patient)],
};

async function judge(patient: Patient): Promise<Finding> {
  const facts = await patient.facts();
  if (!facts.ok) return unanswered(facts);
  if (facts.isStandby) return ok('a standby takes no INSERT');
  const asked = await patient.ask(SQL);
  if (!asked.ok) return unanswered(asked);
  const [names = '', commit = '', ...counts] = asked.rows[0] ?? [];
  const wanted = parseStandbyNames(names ?? '');
  if (wanted === null)
    return ok('no INSERT waits for a standby (synchronous_standby_names is empty)');
  if (commit === 'off' || commit === 'local') {
    return ok(`no INSERT of this role waits for a standby (synchronous_commit=${commit})`);
  }
  const [all = 0, hidden = 0, synchronous = 0, potential = 0, waiting = 0] = counts.map(Number);
  const setting = `synchronous_standby_names = '${names ?? ''}'`;
  const needs = `${setting} needs ${plural(wanted.count, 'standby', 'standbys')}`;
  const waits =
    waiting === 0 ? '' : `, and ${plural(waiting, 'session waits', 'sessions wait')} for it now`;
  if (all >= wanted.count && hidden > 0) {
    return unknown(
      `${setting}, and this role may not see which of ${plural(all, 'standby', 'standbys')} is synchronous`,
      `GRANT pg_monitor TO ${quoted(facts.role)}`,
    );
  }
  const seen = hidden > 0 ? all : synchronous;
  const mend = `start the standby again, or take it out: ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf();`;
  if (seen < wanted.count) {
    return broken(
      `${needs}, and ${seen === 0 ? 'none' : `only ${seen}`} is connected${waits}`,
      mend,
    );
  }
  const spare = synchronous + potential - wanted.count;
  if (spare > 0) return ok(`${needs}, and ${synchronous + potential} are connected`);
  return warning(
    `${needs}, and no more than that ${wanted.count === 1 ? 'is' : 'are'} connected`,
    `add a standby: ALTER SYSTEM SET synchronous_standby_names = 'ANY ${wanted.count} (*)' with one more that is connected`,
    'when one of them goes, each INSERT waits until it is back',
  );
}
