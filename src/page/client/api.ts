import type { HistoryAnswer } from '../../api/answers.js';
import type { FleetAnswer, RegionReads, TargetReading } from '../../api/fleet-answer.js';

export type FleetLine = FleetAnswer['rows'][number];
export type Connection = NonNullable<TargetReading['connection']>;
export type { FleetAnswer, HistoryAnswer, RegionReads, TargetReading };

const TIMEOUT_MS = 8_000;

/** @throws Error for people, when the backend does not answer as it should. */
export async function getFleet(): Promise<FleetAnswer> {
  return (await getJson('/api/fleet')) as FleetAnswer;
}

/** @throws Error for people. */
export async function getHistory(region: string): Promise<HistoryAnswer> {
  const path = `/api/fleet/history?region=${encodeURIComponent(region)}`;
  return (await getJson(path)) as HistoryAnswer;
}

/** The shapes are the backend's own, which it checks before it sends them. */
async function getJson(path: string): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new Error('this backend does not answer');
  }
  const body: unknown = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  throw new Error(errorOf(body) ?? `this backend answers with status ${answer.status}`);
}

/** The message of an answer that is an error. */
export function errorOf(body: unknown): string | undefined {
  const { error } = (body ?? {}) as { error?: unknown };
  return typeof error === 'string' ? error : undefined;
}
