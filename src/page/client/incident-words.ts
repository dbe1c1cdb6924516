import type { Incident } from './api.js';
import { duration, milliseconds, plural } from './format.js';

const CAUSES = { path: 'the path', database: 'the database', both: 'path and database' } as const;
const NAMES: Readonly<Record<string, string>> = { select: 'reads', insert: 'inserts' };

/** `reads and inserts 1.31 × their normal, 112.0 → 146.7 ms: the path`. */
export function describeIncident(incident: Incident): string {
  return incident.kind === 'slow' ? describeSlow(incident) : describeFailures(incident);
}

function describeSlow({ operations, ratio, normal_ms, typical_ms, cause }: Incident): string {
  const who = operations.map((it) => NAMES[it] ?? it).join(' and ');
  const times = ratio === null ? 'slow' : `${ratio.toFixed(2)} × their normal`;
  const figures = `${milliseconds(normal_ms)} → ${milliseconds(typical_ms)} ms`;
  return `${who} ${times}, ${figures}${cause === null ? '' : `: ${CAUSES[cause]}`}`;
}

function describeFailures({ failures }: Incident): string {
  const kinds = failures.map(
    ({ operation, reason, count }) => `${operation} ${reason.replaceAll('_', ' ')} ×${count}`,
  );
  return `failures: ${kinds.join(', ')}`;
}

/** `11-29 10:12 to 10:25 UTC, 13 min, 12 runs`; one that goes on says so. */
export function describeTime({ from, to, runs }: Incident, nowMs: number): string {
  const lastMs = to === null ? nowMs : Date.parse(to);
  const long = duration(lastMs - Date.parse(from));
  const until = to === null ? 'until now, still going on' : `to ${timeOf(to, from)} UTC`;
  return `${from.slice(5, 10)} ${timeOf(from)} ${until}, ${long}, ${plural(runs, 'run')}`;
}

/** `10:12`, and the day where it is another. */
function timeOf(timestamp: string, before = timestamp): string {
  const isOtherDay = timestamp.slice(0, 10) !== before.slice(0, 10);
  return `${isOtherDay ? `${timestamp.slice(5, 10)} ` : ''}${timestamp.slice(11, 16)}`;
}
