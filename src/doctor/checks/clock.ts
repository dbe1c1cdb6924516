import type { Asked } from '../patient/ask-read-only.js';
import { ok, unanswered, warning, type Check, type Finding } from './check.js';

const SQL = 'SELECT extract(epoch FROM pg_catalog.clock_timestamp()) * 1000';
const TIMES = 4;
/** Above it, times of the two machines cannot be compared any more. */
const MAX_DIFFERENCE_MS = 1_000;

/** The server's clock less this machine's, and by how much that may be wrong, in milliseconds. */
export interface ClockDifference {
  readonly differenceMs: number;
  readonly errorMs: number;
}

export const clockCheck: Check = {
  name: 'clock',
  place: 'session',
  why: 'a wrong clock breaks certificates and IAM passwords, and makes logs, lags and graphs of the two machines contradict each other',
  async run(patient) {
    let best: ClockDifference | null = null;
    for (let i = 0; i < TIMES; i += 1) {
      const asked = await patient.ask(SQL);
      if (!asked.ok) return [unanswered(asked)];
      const found = differenceOf(asked);
      if (best === null || found.errorMs < best.errorMs) best = found;
    }
    return best === null ? [] : [judgeClock(best)];
  },
};

/** The server took its time in the middle of the flight, as NTP has it; it is wrong by half of that at most. */
function differenceOf({ rows, durationMs, answeredAtMs }: Asked): ClockDifference {
  const serverMs = Number(rows[0]?.[0]);
  return { differenceMs: serverMs - (answeredAtMs - durationMs / 2), errorMs: durationMs / 2 };
}

export function judgeClock({ differenceMs, errorMs }: ClockDifference): Finding {
  const isBehind = differenceMs < 0;
  const size = seconds(Math.abs(differenceMs));
  const found = `the server's clock is ${size} ${isBehind ? 'behind' : 'ahead of'} this machine's (± ${seconds(errorMs)})`;
  if (Math.abs(differenceMs) <= MAX_DIFFERENCE_MS + errorMs) return ok(found);
  return warning(
    found,
    'timedatectl on both machines shows which is wrong; timedatectl set-ntp true corrects it (chronyc makestep at once)',
  );
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
