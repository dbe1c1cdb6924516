import type { Flight, Operation } from './flight.js';
import type { Role, Statement } from './statements.js';

/** What a trip is for. `transaction`: BEGIN, COMMIT and the like, alone. */
export const TRIP_KINDS = ['work', 'transaction', 'prepare', 'settings', 'ping', 'close'] as const;
export type TripKind = (typeof TRIP_KINDS)[number];

/** One flight of a unit. */
export interface Trip {
  readonly connection: number;
  readonly flight: Flight;
  /** What the server took for it, the way to it taken off. Milliseconds. */
  readonly serverMs: number;
}

/** What the application does in one go: a transaction, a request, or what comes without a pause. */
export interface Unit {
  readonly namedBy: 'tag' | 'application_name' | 'fingerprint';
  /** null: the fingerprints of its statements name it. */
  readonly name: string | null;
  /** The request's own identity; null: it has none. */
  readonly trace: string | null;
  readonly trips: readonly Trip[];
  /** It ended in the middle: its figures are of no use. */
  readonly isCut: boolean;
}

const EXECUTING: ReadonlySet<Operation['kind']> = new Set(['query', 'execute', 'call', 'copy']);

/** The statements that a flight executes. */
export function executed({ operations }: Flight): Operation[] {
  return operations.filter(({ kind }) => EXECUTING.has(kind));
}

/** The same, as far as they are known. */
export function statementsOf(flight: Flight): Statement[] {
  return executed(flight).flatMap(({ statement }) => statement ?? []);
}

export function rolesOf(flight: Flight): ReadonlySet<Role> {
  const roles = executed(flight).flatMap(({ kind, statement }): readonly Role[] =>
    kind === 'call' || kind === 'copy' ? ['work'] : (statement?.roles ?? ['unread']),
  );
  return new Set(roles);
}

/** What a trip is for; to be asked when its statements have been read. */
export function kindOf(flight: Flight): TripKind {
  const roles = rolesOf(flight);
  if (roles.size === 0) {
    const onlyCloses = flight.operations.every(({ kind }) => kind === 'close');
    return onlyCloses ? 'close' : 'prepare';
  }
  if (roles.has('work') || roles.has('unread')) return 'work';
  if (roles.has('begin') || roles.has('end') || roles.has('savepoint')) return 'transaction';
  if (roles.has('ping')) return 'ping';
  return roles.has('settings') ? 'settings' : 'close';
}

export interface Path {
  readonly trips: number;
  readonly serverMs: number;
}

/**
 * The trips that one has to wait for, one after another: on one connection all of them, on several the longest chain of
 * those that followed each other.
 */
export function longestPath(trips: readonly Trip[]): Path {
  const none: Path = { trips: 0, serverMs: 0 };
  const paths = new Map<Trip, Path>();
  const latest = new Map<number, Path>();
  let done = none;
  const longer = (a: Path, b: Path) =>
    a.trips > b.trips || (a.trips === b.trips && a.serverMs > b.serverMs) ? a : b;
  const moments = trips
    .flatMap((trip) => [
      { at: trip.flight.startedAt, trip, isStart: true },
      { at: trip.flight.answeredAt, trip, isStart: false },
    ])
    .sort((a, b) => a.at - b.at || Number(a.isStart) - Number(b.isStart));
  for (const { trip, isStart } of moments) {
    if (isStart) {
      const before = longer(done, latest.get(trip.connection) ?? none);
      const path = { trips: before.trips + 1, serverMs: before.serverMs + trip.serverMs };
      paths.set(trip, path);
      latest.set(trip.connection, path);
    } else done = longer(done, paths.get(trip) ?? none);
  }
  return done;
}
