import { versionText } from '../../ping/figures.js';
import { NO_CONNECTION, ok, unanswered, warning, type Check } from './check.js';

export const serverCheck: Check = {
  name: 'pooler',
  place: 'session',
  why: 'through a pooler the figures are those of the pooler and the database, and what one session sets may reach another one',
  async run(patient) {
    const opened = await patient.open();
    if ('ok' in opened) return [NO_CONNECTION];
    const facts = await patient.facts();
    if (!facts.ok) return [unanswered(facts)];
    const kind = facts.isStandby ? 'a standby' : 'a server';
    // A pooler gives each of its clients a number of its own.
    const isOther = opened.processId !== null && opened.processId !== facts.processId;
    if (!opened.isPooler && !isOther) {
      return [ok(`${kind} answers, and no pooler: PostgreSQL ${versionText(facts.version)}`)];
    }
    const behind = `a pooler answers, with ${kind} behind it`;
    if (patient.target.pooler) return [ok(`${behind}, as it is configured`)];
    const mend =
      'DB_POOLER=true, or `pooler: true` of the target; in a connection string: ?pgbouncer=true';
    return [
      warning(
        `${behind}, and the configuration does not say so`,
        mend,
        opened.isPooler
          ? 'each process tries its first connection twice, because the pooler refuses settings'
          : 'what pglatency sets for its session would reach other clients of the pooler',
      ),
    ];
  },
};
