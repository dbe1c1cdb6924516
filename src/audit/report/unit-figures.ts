import {
  executed,
  kindOf,
  longestPath,
  rolesOf,
  statementsOf,
  TRIP_KINDS,
  type Trip,
  type TripKind,
  type Unit,
} from '../count/unit.js';
import { labelOf } from './names.js';

/** What a driver or a pool could do without a trip of its own. */
export const SAVINGS = ['prepare', 'begin', 'settings', 'ping', 'close'] as const;
export type Saving = (typeof SAVINGS)[number];

/** A trip as the waterfall shows it. */
export interface TripFigures {
  readonly kind: TripKind;
  readonly label: string;
  readonly server_ms: number;
  /** The client's own time since its trip before; 0 for the first. */
  readonly client_ms: number;
  readonly saving: Saving | null;
}

export interface Repeat {
  readonly label: string;
  readonly fingerprint: string;
  readonly times: number;
}

/** What one unit made. */
export interface UnitFigures {
  /** That one has to wait for, one after another. */
  readonly trips: number;
  readonly serverMs: number;
  readonly clientMs: number;
  readonly byKind: Readonly<Record<TripKind, number>>;
  readonly savings: Readonly<Record<Saving, number>>;
  readonly repeats: readonly Repeat[];
  readonly waterfall: readonly TripFigures[];
}

/** From so many times on a statement of a unit counts as repeated. */
export const REPEATED = 3;

export function figuresOf({ trips }: Unit): UnitFigures {
  const path = longestPath(trips);
  const waterfall = trips.map((trip, i) => tripFigures(trip, trips, i));
  const count = <Key extends string>(
    keys: readonly Key[],
    keyOf: (it: TripFigures) => Key | null,
  ) =>
    Object.fromEntries(
      keys.map((key) => [key, waterfall.filter((it) => keyOf(it) === key).length]),
    ) as Record<Key, number>;
  return {
    trips: path.trips,
    serverMs: path.serverMs,
    clientMs: waterfall.reduce((sum, it) => sum + it.client_ms, 0),
    byKind: count(TRIP_KINDS, ({ kind }) => kind),
    savings: count(SAVINGS, ({ saving }) => saving),
    repeats: repeatsOf(trips),
    waterfall,
  };
}

function tripFigures(
  { flight, serverMs, connection }: Trip,
  trips: readonly Trip[],
  i: number,
): TripFigures {
  const kind = kindOf(flight);
  const before = trips[i - 1];
  const clientMs = before === undefined ? 0 : flight.startedAt - before.flight.answeredAt;
  const next = trips.slice(i + 1).find((it) => it.connection === connection);
  const labels = [
    ...new Set(flight.operations.flatMap(({ statement }) => statement ?? []).map(labelOf)),
  ];
  return {
    kind,
    label: labels.slice(0, 3).join(', ') || (kind === 'close' ? 'close' : kind),
    server_ms: serverMs,
    client_ms: Math.max(0, clientMs),
    saving: savingOf(kind, flight, next),
  };
}

function savingOf(kind: TripKind, flight: Trip['flight'], next: Trip | undefined): Saving | null {
  switch (kind) {
    case 'prepare':
      return next !== undefined && executed(next.flight).length > 0 ? 'prepare' : null;
    case 'transaction':
      return [...rolesOf(flight)].every((role) => role === 'begin') ? 'begin' : null;
    case 'settings':
    case 'ping':
    case 'close':
      return kind;
    case 'work':
      return null;
  }
}

/** Statements that were sent in so many trips; those sent together are one wait. */
function repeatsOf(trips: readonly Trip[]): Repeat[] {
  const times = new Map<string, Repeat>();
  for (const { flight } of trips) {
    const work = statementsOf(flight).filter(({ roles }) => roles.includes('work'));
    for (const statement of new Set(work)) {
      const { fingerprint } = statement;
      if (fingerprint === null) continue;
      const before = times.get(fingerprint)?.times ?? 0;
      times.set(fingerprint, { label: labelOf(statement), fingerprint, times: before + 1 });
    }
  }
  return [...times.values()].filter((it) => it.times >= REPEATED).sort((a, b) => b.times - a.times);
}
