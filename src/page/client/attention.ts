import { keyOf, nameOf, type FleetAnswer, type FleetLine, type TargetReading } from './api.js';
import { describeEnd } from './connection-words.js';
import { duration } from './format.js';
import { describeSlowness, isSlowerThanNormal } from './normal-words.js';

/** Something that somebody should look at. */
export interface Concern {
  /** Of its row. */
  readonly key: string;
  /** Its region, its machine where the region has several backends, and its target where it has several. */
  readonly who: string;
  /** The row's, and the target's where it is another. */
  readonly what: string;
  readonly urgency: 'urgent' | 'soon';
}

type Found = Pick<Concern, 'what' | 'urgency'>;
type State = FleetLine['state'];

/** As the alert of a replica that is behind. */
const LAG_MS = 300_000;
/** Of intervals: a first run that is that late does not come. */
const LATE_INTERVALS = 2;

/**
 * All of it, the urgent first, in the order of the rows: targets without fresh reads, reads and inserts away from
 * normal, failures, certificates, lags, backends without a database, schedules that do not run, older backends.
 */
export function concernsOf({ rows, reads, timestamp, version }: FleetAnswer): Concern[] {
  const nowMs = Date.parse(timestamp);
  const concerns = rows.flatMap((row, i) => {
    const targets = reads[i]?.targets ?? [];
    const named = (target: string | null, found: Found): Concern => {
      const who = target === null || targets.length < 2 ? nameOf(row) : `${nameOf(row)} ${target}`;
      return { key: keyOf(row), who, ...found };
    };
    const own = ofBackend(row, targets.length > 0, version);
    const others = targets.flatMap((target) => {
      const failures = target.target === row.target ? describeFailures(row) : null;
      return ofTarget(target, failures, nowMs).map((it) => named(target.target, it));
    });
    return [...own.map((it) => named(null, it)), ...others];
  });
  const isUrgent = ({ urgency }: Concern) => urgency === 'urgent';
  return [...concerns.filter(isUrgent), ...concerns.filter((it) => !isUrgent(it))];
}

const URGENT: Readonly<Partial<Record<State, string>>> = {
  failing: 'failing',
  unreachable: 'no answer',
  no_database: 'no database',
};

function ofBackend(row: FleetLine, hasTargets: boolean, version: string): Found[] {
  const found: Found[] = [];
  if (!hasTargets && row.state !== 'ok' && row.state !== 'waiting') {
    found.push(ofState(row.state, row.error));
  }
  if (row.state === 'waiting' && isLate(row)) {
    found.push({ what: 'its schedule does not run: the first run is overdue', urgency: 'urgent' });
  }
  if (row.timestamp !== null && row.version !== version) {
    const theirs = row.version === null ? 'an older version' : `version ${row.version}`;
    found.push({ what: `runs ${theirs}; this page is of ${version}`, urgency: 'soon' });
  }
  return found;
}

function isLate({ next_run_in_ms, interval_s }: FleetLine): boolean {
  const intervalMs = (interval_s ?? 0) * 1_000 || 60_000;
  return next_run_in_ms !== null && next_run_in_ms < -LATE_INTERVALS * intervalMs;
}

function ofState(state: State, error: string | null): Found {
  const name = URGENT[state];
  const urgency = name === undefined ? 'soon' : 'urgent';
  return { what: `${name ?? state}${error === null ? '' : `: ${error}`}`, urgency };
}

function ofTarget(target: TargetReading, failures: string | null, nowMs: number): Found[] {
  const { state, error, connection, normal, replication_lag_ms: lagMs } = target;
  const found: Found[] = [];
  if (state !== 'ok' && state !== 'waiting') found.push(ofState(state, error));
  if (state === 'ok' && normal !== null && isSlowerThanNormal(normal)) {
    found.push({ what: describeSlowness(normal), urgency: 'urgent' });
  }
  if (state === 'ok' && failures !== null) found.push({ what: failures, urgency: 'soon' });
  const end = connection?.certificate_not_after ?? null;
  if (end !== null) {
    const { text, urgency } = describeEnd(Date.parse(end), nowMs);
    if (urgency !== 'none') found.push({ what: `its certificate ${text}`, urgency });
  }
  if (lagMs !== null && lagMs > LAG_MS) {
    found.push({ what: `${duration(lagMs)} behind its primary`, urgency: 'soon' });
  }
  return found;
}

/** Of a run that measured reads all the same. */
function describeFailures({ failures }: FleetLine): string | null {
  if (failures.length === 0) return null;
  const kinds = failures.map(
    ({ operation, reason, count }) => `${operation} ${reason.replaceAll('_', ' ')} ×${count}`,
  );
  return `failures in the latest run: ${kinds.join(', ')}`;
}

const NAMED = 4;

/** `lhr, nrt reports`, each once; those that are too many to name are counted. */
export function nameConcerns(concerns: readonly Concern[]): string {
  const names = [...new Set(concerns.map(({ who }) => who))];
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')}, ${more} more` : names.join(', ');
}
