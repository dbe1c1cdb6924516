import type { HistoryAnswer } from '../../api/answers.js';
import type { Incident, OperationNormal, TargetNormal } from '../../api/normal-answer.js';
import type { FleetAnswer, RegionReads, TargetReading } from '../../api/fleet-answer.js';

export type FleetLine = FleetAnswer['rows'][number];
export type Connection = NonNullable<TargetReading['connection']>;
export type {
  FleetAnswer,
  HistoryAnswer,
  Incident,
  OperationNormal,
  RegionReads,
  TargetNormal,
  TargetReading,
};

const TIMEOUT_MS = 8_000;

/** @throws Error for people, when the backend does not answer as it should. */
export async function getFleet(): Promise<FleetAnswer> {
  return (await getJson('api/fleet')) as FleetAnswer;
}

/** @throws Error for people. */
export async function getHistory({
  region,
  instance,
}: Pick<FleetLine, 'region' | 'instance'>): Promise<HistoryAnswer> {
  const query = new URLSearchParams({ region, ...(instance !== null && { instance }) });
  return (await getJson(`api/fleet/history?${query.toString()}`)) as HistoryAnswer;
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

/** The line of the backend that answered. */
export function ownLine({ rows, instance }: FleetAnswer): FleetLine | undefined {
  return rows.find((row) => row.instance === instance);
}

/** A line's comparison of targets: in the order of the rows. */
export function readsOf({ rows, reads }: FleetAnswer, key: string): RegionReads | undefined {
  return reads[rows.findIndex((row) => keyOf(row) === key)];
}

/** Of a backend among the others, the same after its restart. */
export function keyOf({ region, machine_short, target }: FleetLine): string {
  return [region, machine_short, target].filter((it) => it !== null).join(' ');
}

/** The region, and the machine where the region has several backends. */
export function nameOf({
  region,
  machine_short,
}: Pick<FleetLine, 'region' | 'machine_short'>): string {
  return machine_short === null ? region : `${region} ${machine_short}`;
}

/** The message of an answer that is an error. */
export function errorOf(body: unknown): string | undefined {
  const { error } = (body ?? {}) as { error?: unknown };
  return typeof error === 'string' ? error : undefined;
}
