import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../base/errors.js';
import { rowOfBenchmark, rowWithoutMeasurement, type FleetRow } from '../fleet/row.js';
import { benchmarkAnswer, errorAnswer } from '../api/answers.js';
import type { BackendProcess } from './backend-process.js';

/** Between two starts, so that the processes' first steps do not meet on a small machine. */
const SPACING_MS = 250;

/**
 * One on-demand run of every backend, in the given order, each beginning a little after the one before
 * and not waiting for it. With the farthest region first, it lasts about as long as that one's run.
 * A region that cannot be measured gets a row that says why. `target`: default the primary.
 *
 * @throws AbortError when the signal comes first.
 */
export async function measureOnce(
  backends: readonly BackendProcess[],
  signal: AbortSignal,
  say: (text: string) => void,
  target?: string,
): Promise<FleetRow[]> {
  let done = 0;
  const runs = backends.map(async (backend, place) => {
    await delay(place * SPACING_MS, undefined, { signal });
    const row = await benchmarkRow(backend, signal, target);
    signal.throwIfAborted();
    done += 1;
    say(
      `${row.region}${target === undefined ? '' : ` ${target}`} ${row.error ?? 'is measured'} (${done} of ${backends.length})`,
    );
    return row;
  });
  return Promise.all(runs);
}

async function benchmarkRow(
  { region, url }: BackendProcess,
  signal: AbortSignal,
  target: string | undefined,
): Promise<FleetRow> {
  try {
    const query = target === undefined ? '' : `?target=${target}`;
    const answer = await fetch(`${url}/api/benchmark${query}`, { signal });
    const body: unknown = await answer.json();
    if (answer.ok) return rowOfBenchmark(benchmarkAnswer.parse(body));
    const { error, reason } = errorAnswer.parse(body);
    return rowWithoutMeasurement(region.code, { error, reason: reason ?? null });
  } catch (error) {
    const why = `its backend did not answer: ${messageOf(error)}`;
    return rowWithoutMeasurement(region.code, { error: why, reason: null });
  }
}
