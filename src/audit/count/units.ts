import type { Flight } from './flight.js';
import { tagName, type Tag } from './tags.js';
import { kindOf, statementsOf, type Trip, type Unit } from './unit.js';

export interface UnitOptions {
  /** A client that sends nothing for so long has begun something else. Milliseconds. */
  readonly pauseMs: number;
  /** Of one trip between this process and the server, which is not the server's time. Milliseconds. */
  readonly roundTripMs: () => number;
}

/** Groups the flights of one connection into units. */
export interface UnitBuilder {
  /** A flight whose statements have been read. */
  add(flight: Flight): void;
  /** The connection has ended. */
  end(): void;
}

/** The unit that is going on. */
interface Open {
  readonly trips: Trip[];
  tag: Tag | null;
  readonly applicationName: string | null;
  /** The trip with which its latest transaction began; null: it has none. */
  beganAt: number | null;
}

interface State {
  readonly onUnit: (unit: Unit) => void;
  open: Open | null;
  isInTransaction: boolean;
  lastAnsweredAt: number;
  /** As the application set it, where it says what the application does. */
  applicationName: string | null;
  flights: number;
}

/**
 * A transaction is a unit, with what a pool sends just before and after it. What carries one tag, or comes while
 * application_name says what is done, is one unit with its transactions, until a pause. Otherwise a unit is what comes
 * without a pause.
 */
export function createUnitBuilder(
  connection: number,
  options: UnitOptions,
  onUnit: (unit: Unit) => void,
): UnitBuilder {
  const state: State = {
    onUnit,
    open: null,
    isInTransaction: false,
    lastAnsweredAt: -Infinity,
    applicationName: null,
    flights: 0,
  };
  return {
    add(flight) {
      const tag = flight.operations.find((it) => it.tag !== null)?.tag ?? null;
      const given = flight.applicationName === null ? null : requestName(flight, state);
      const isBegin = !state.isInTransaction && flight.isIdleAfter === false;
      if (state.open !== null)
        endBefore(state, state.open, { flight, tag, given, isBegin }, options);
      if (given !== null) state.applicationName = given;
      state.open ??= { trips: [], tag, applicationName: state.applicationName, beganAt: null };
      const { open } = state;
      if (isBegin) open.beganAt = open.trips.length;
      if ((open.tag?.name ?? null) === null && tag !== null)
        open.tag = { ...tag, trace: tag.trace ?? open.tag?.trace ?? null };
      const serverFrom = Math.max(flight.demandedAt, state.lastAnsweredAt);
      const serverMs = Math.max(0, flight.answeredAt - serverFrom - options.roundTripMs());
      open.trips.push({ connection, flight, serverMs });
      state.isInTransaction = !(flight.isIdleAfter ?? !state.isInTransaction);
      state.lastAnsweredAt = flight.answeredAt;
      state.flights += 1;
      if (flight.applicationName === null || given !== null) return;
      // The name was taken back: that trip was the last of its unit.
      if (state.applicationName !== null && !state.isInTransaction) close(state, false);
      state.applicationName = null;
    },
    end: () => close(state, state.isInTransaction),
  };
}

function close(state: State, isCut: boolean): void {
  if (state.open !== null) state.onUnit(toUnit(state.open, isCut));
  state.open = null;
}

interface Next {
  readonly flight: Flight;
  readonly tag: Tag | null;
  readonly given: string | null;
  readonly isBegin: boolean;
}

/** Ends the open unit where the next flight belongs to another one. */
function endBefore(state: State, open: Open, next: Next, { pauseMs }: UnitOptions): void {
  const { flight, tag, given, isBegin } = next;
  const isOther = isAnother(open.tag, tag);
  if (state.isInTransaction) {
    // The transaction's first tag comes after its BEGIN, which looked like a part of what was before.
    if (isOther && (open.beganAt ?? 0) > 0) splitAt(state, open, open.beganAt ?? 0, tag);
    return;
  }
  const trace = tag?.trace ?? null;
  const isTraced = trace !== null && open.tag?.trace === trace;
  const isPause = flight.startedAt - state.lastAnsweredAt > pauseMs;
  if ((isPause && !isTraced) || given !== null) {
    close(state, false);
    return;
  }
  if (isOther) {
    splitAt(state, open, open.trips.length, tag);
    return;
  }
  if (open.tag !== null || open.applicationName !== null) return;
  if (open.beganAt !== null) {
    if (isBegin || !isCleaning(flight)) close(state, false);
  } else if (isBegin) splitAt(state, open, open.trips.length, tag);
}

/** What has no tag goes with what was before; what has the first tag begins something. */
function isAnother(open: Tag | null, next: Tag | null): boolean {
  if (next === null || open === null) return next !== null;
  return open.trace !== next.trace || (open.name !== next.name && open.trace === null);
}

/** What a pool sends just before the trip goes with it. */
function splitAt(state: State, open: Open, place: number, tag: Tag | null): void {
  let first = place;
  while (first > 0 && isPrelude(open.trips[first - 1]?.flight)) first -= 1;
  if (first === 0 && open.tag === null) return;
  if (first === 0) first = place;
  const rest = open.trips.splice(first);
  const beganAt = open.beganAt === null || open.beganAt < first ? null : open.beganAt - first;
  const { onUnit } = state;
  onUnit(toUnit(open, false));
  state.open = { trips: rest, tag, applicationName: state.applicationName, beganAt };
}

function isPrelude(flight: Flight | undefined): boolean {
  if (flight === undefined || isCleaning(flight)) return false;
  return ['settings', 'ping', 'prepare'].includes(kindOf(flight));
}

const CLEANING: ReadonlySet<string> = new Set([
  'RESET',
  'DISCARD',
  'UNLISTEN',
  'DEALLOCATE',
  'CLOSE',
  'ROLLBACK',
]);

/** What a pool sends when it gets a connection back. */
function isCleaning(flight: Flight): boolean {
  const verbs = statementsOf(flight).flatMap((it) => it.verbs);
  return verbs.length > 0 ? verbs.every((verb) => CLEANING.has(verb)) : kindOf(flight) === 'close';
}

/**
 * The name that a SET of application_name gives to what follows. A pool that sets it once, at the begin of a connection,
 * names itself, unless it reads like a route or an action. null: it names nothing.
 */
function requestName(flight: Flight, { flights }: State): string | null {
  const name = tagName(flight.applicationName ?? '');
  return name !== null && (flights > 0 || /[/#:]/.test(name)) ? name : null;
}

function toUnit({ trips, tag, applicationName }: Open, isCut: boolean): Unit {
  const name = tag?.name ?? applicationName;
  const namedBy =
    (tag?.name ?? null) !== null ? 'tag' : name === null ? 'fingerprint' : 'application_name';
  return { namedBy, name, trace: tag?.trace ?? null, trips, isCut };
}
