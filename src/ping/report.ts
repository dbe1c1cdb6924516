import type { Target } from '../config/target.js';
import type { Failure, Sample } from '../probe/results/result.js';
import type { Opened } from './pinger.js';

/** All that is known of one database. */
export interface Report {
  /** Tells it from the others. */
  readonly label: string;
  readonly target: Target;
  /** The first connection, or why there is none; null: interrupted before it was known. */
  readonly opened: Opened | Failure | null;
  readonly samples: Sample[];
  /** How often the connection had died, and another one was opened. */
  reconnections: number;
}

/** The connection, where there is one. */
export function openedOf({ opened }: Report): Opened | null {
  return opened?.ok === true ? opened : null;
}

/** Every sample was answered, and there was one. */
export function isAllAnswered({ samples }: Report): boolean {
  return samples.length > 0 && samples.every(({ ok }) => ok);
}

/** The shortest texts that tell the targets apart: the host, with the port, with the database, with the place. */
export function labelsOf(targets: readonly Target[], isNamed: boolean): string[] {
  if (isNamed) return targets.map(({ name }) => name);
  const forms: ((target: Target, i: number) => string)[] = [
    ({ host }) => host,
    ({ host, port }) => `${host}:${port}`,
    ({ host, port, database }) => `${host}:${port}/${database}`,
    ({ host, port, database, user }) => `${user}@${host}:${port}/${database}`,
  ];
  for (const form of forms) {
    const labels = targets.map(form);
    if (new Set(labels).size === labels.length) return labels;
  }
  return targets.map(({ host }, i) => `${i + 1} ${host}`);
}
