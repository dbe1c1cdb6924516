import type { HistoryAnswer } from './api.js';
import { mediansOf, quantile, type Shown } from './chart-data.js';
import { PHASE_NAMES } from './connection-words.js';
import { milliseconds, plural } from './format.js';

/** What the latency chart shows, in words. */
export function describeLatency(
  history: HistoryAnswer,
  shown: Shown,
  sinceS: number,
  untilS = Infinity,
): string {
  const column = mediansOf(history, shown);
  const times = history.ended_at_s;
  const [from, to] = [countBefore(times, sinceS), countBefore(times, untilS)];
  const runs = column.slice(from, to);
  const measured = runs.filter((ms) => ms !== null);
  if (measured.length === 0) {
    return runs.length === 0
      ? 'No run in this window yet.'
      : `${plural(runs.length, 'run')}, none measured.`;
  }
  const at = (q: number) => milliseconds(quantile(measured, q));
  const absent = runs.length - measured.length;
  const phases = shown === 'connect' ? describePhases(history, from, to) : '';
  return `${plural(runs.length, 'run')}: half within ${at(0.5)} ms, nine of ten within ${at(0.9)} ms, from ${at(0)} to ${at(1)} ms.${absent === 0 ? '' : ` ${plural(absent, 'run')} not measured.`}${phases} Times are UTC.`;
}

/** Of times in their order. */
function countBefore(times: readonly number[], limit: number): number {
  const index = times.findIndex((time) => time >= limit);
  return index === -1 ? times.length : index;
}

const PHASES = ['tcp', 'tls', 'startup'] as const;

/** The phases' medians, of these runs; nothing for an older backend. */
function describePhases(history: HistoryAnswer, from: number, to: number): string {
  const medians = PHASES.flatMap((phase) => {
    const measured = history[`connect_${phase}_ms`].slice(from, to).filter((ms) => ms !== null);
    const median = quantile(measured, 0.5);
    return median === null ? [] : [`${PHASE_NAMES[phase]} ${milliseconds(median)} ms`];
  });
  return medians.length === 0 ? '' : ` Medians of the parts: ${medians.join(', ')}.`;
}

/** What the failure chart shows, in words. */
export function describeFailures(
  history: HistoryAnswer,
  sinceS: number,
  untilS = Infinity,
): string {
  const counts = new Map<string, number>();
  for (const { ended_at_s, operation, reason, count } of history.failures) {
    if (ended_at_s < sinceS || ended_at_s >= untilS) continue;
    const what = `${operation} ${reason.replaceAll('_', ' ')}`;
    counts.set(what, (counts.get(what) ?? 0) + count);
  }
  if (counts.size === 0) return 'None in this window.';
  return [...counts].map(([what, count]) => `${what} ×${count}`).join(', ');
}
