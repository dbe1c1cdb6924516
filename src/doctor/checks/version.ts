import { plural, versionText } from '../../ping/figures.js';
import {
  NO_CONNECTION,
  ok,
  unanswered,
  unknown,
  warning,
  type Check,
  type Finding,
} from './check.js';

/**
 * The day after which a major version gets no more fixes, by https://www.postgresql.org/support/versioning/ as of
 * TABLE_DATE. A version above the last is newer than this table.
 */
const END_OF_LIFE: Readonly<Record<string, string>> = {
  '9.6': '2021-11-11',
  '10': '2022-11-10',
  '11': '2023-11-09',
  '12': '2024-11-21',
  '13': '2025-11-13',
  '14': '2026-11-12',
  '15': '2027-11-11',
  '16': '2028-11-09',
  '17': '2029-11-08',
  '18': '2030-11-14',
};
const TABLE_DATE = '2025-11-30';
const NEWEST = 18;

const SOON_DAYS = 180;
const MS_PER_DAY = 86_400_000;

export const versionCheck: Check = {
  name: 'version',
  place: 'session',
  why: 'after its end of life a version gets no more fixes, not even for security, and managed services upgrade it when they want',
  async run(patient) {
    const opened = await patient.open();
    if ('ok' in opened) return [NO_CONNECTION];
    const facts = await patient.facts();
    return [facts.ok ? judgeVersion(facts.version, Date.now()) : unanswered(facts)];
  },
};

/** `version`: 170004 for 17.4. */
export function judgeVersion(version: number, nowMs: number): Finding {
  const number = Math.floor(version / 10_000);
  const text = `PostgreSQL ${versionText(version)}`;
  const major = number < 10 ? `9.${Math.floor(version / 100) % 100}` : String(number);
  const ends = END_OF_LIFE[major] ?? (number > NEWEST ? null : END_OF_LIFE['9.6']);
  if (ends === null || ends === undefined) {
    const table = `the table of ends of life of ${TABLE_DATE}, which knows ${NEWEST} as the newest`;
    return unknown(`${text} is newer than ${table}`, 'update pglatency');
  }
  const days = Math.floor((Date.parse(ends) - nowMs) / MS_PER_DAY) + 1;
  const mend =
    'upgrade to a newer major version: pg_upgrade, or the console of the managed service';
  if (days < 0) return warning(`${text}, which has had no fix since ${ends}`, mend);
  if (days <= SOON_DAYS) {
    return warning(`${text}, which gets its last fix in ${plural(days, 'day')}, on ${ends}`, mend);
  }
  return ok(`${text}, which gets fixes until ${ends}`);
}
