import type { Counts } from '../count/recorder.js';
import type { TripKind } from '../count/unit.js';
import type { Kind } from './kinds.js';
import { SAVINGS, type Saving, type TripFigures } from './unit-figures.js';

/** Where an application may stand. */
export interface Distance {
  readonly region: string;
  /** One round trip to the database. */
  readonly rtt_ms: number;
}

/** Milliseconds by region. */
export type ByRegion = Readonly<Record<string, number>>;

export interface UnitReport {
  readonly name: string;
  readonly named_by: Kind['namedBy'];
  readonly count: number;
  /** Ended in the middle; counted nowhere else. */
  readonly unfinished: number;
  readonly trips_p50: number | null;
  readonly trips_max: number | null;
  /** Of the median unit, as everything below. */
  readonly server_ms: number | null;
  /** The application's own time between its trips. */
  readonly client_ms: number | null;
  readonly trips_by_kind: Readonly<Record<TripKind, number>> | null;
  /** Trips × the region's round trip + the server's time. */
  readonly projected_ms: ByRegion | null;
  readonly savings: readonly {
    readonly what: Saving;
    readonly trips: number;
    readonly saved_ms: ByRegion;
  }[];
  readonly repeats: readonly {
    readonly label: string;
    readonly fingerprint: string;
    readonly times: number;
    readonly saved_ms: ByRegion;
  }[];
  readonly waterfall: readonly TripFigures[];
}

export interface ConnectionReport {
  readonly opened: number;
  /** Of the median connection; null: none was opened. */
  readonly tcp_trips: number | null;
  readonly encryption_trips: number | null;
  readonly login_trips: number | null;
  readonly projected_ms: ByRegion | null;
}

export interface Report {
  readonly version: string;
  readonly measured_s: number;
  /** The distances and where they come from. */
  readonly distances: readonly Distance[];
  readonly distances_from: string;
  /** A region whose distance was added to every trip. */
  readonly as_if: string | null;
  readonly pause_ms: number;
  readonly connections: ConnectionReport;
  readonly cancel_requests: number;
  /** Of login and after it. */
  readonly trips: number;
  readonly units: readonly UnitReport[];
  /** What may be missing from it, a line each. */
  readonly remarks: readonly string[];
}

export interface ReportInput extends Pick<
  Report,
  | 'version'
  | 'measured_s'
  | 'distances'
  | 'distances_from'
  | 'as_if'
  | 'pause_ms'
  | 'cancel_requests'
  | 'remarks'
> {
  readonly counts: Counts;
  readonly kinds: readonly Kind[];
  /** That a connection to the server pays for TLS; 0: the server is spoken to without. */
  readonly encryptionTrips: number;
}

/** TCP's own handshake. */
const TCP_TRIPS = 1;

/** Puts the report together. Pure. */
export function createReport(input: ReportInput): Report {
  const { counts, kinds, encryptionTrips, ...rest } = input;
  return {
    ...rest,
    connections: connectionReport(counts, encryptionTrips, input.distances),
    trips: counts.trips,
    units: kinds.map((kind) => unitReport(kind, input.distances)),
  };
}

function project(distances: readonly Distance[], trips: number, serverMs = 0): ByRegion {
  const entries = distances.map(({ region, rtt_ms: rttMs }) => [region, trips * rttMs + serverMs]);
  return Object.fromEntries(entries) as ByRegion;
}

function connectionReport(
  { connections: opened, costs }: Counts,
  encryptionTrips: number,
  distances: readonly Distance[],
): ConnectionReport {
  const sorted = [...costs].sort((a, b) => a.loginTrips - b.loginTrips);
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  if (median === undefined) {
    return {
      opened,
      tcp_trips: null,
      encryption_trips: null,
      login_trips: null,
      projected_ms: null,
    };
  }
  const encryption = Math.max(encryptionTrips, median.negotiationTrips);
  return {
    opened,
    tcp_trips: TCP_TRIPS,
    encryption_trips: encryption,
    login_trips: median.loginTrips,
    projected_ms: project(distances, TCP_TRIPS + encryption + median.loginTrips),
  };
}

function unitReport(kind: Kind, distances: readonly Distance[]): UnitReport {
  const { name, namedBy, count, cut, trips, median } = kind;
  const head = { name, named_by: namedBy, count, unfinished: cut };
  if (trips === null || median === null) return { ...head, ...NOTHING };
  return {
    ...head,
    trips_p50: trips.p50,
    trips_max: trips.max,
    server_ms: median.serverMs,
    client_ms: median.clientMs,
    trips_by_kind: median.byKind,
    projected_ms: project(distances, median.trips, median.serverMs),
    savings: SAVINGS.filter((what) => median.savings[what] > 0).map((what) => ({
      what,
      trips: median.savings[what],
      saved_ms: project(distances, median.savings[what]),
    })),
    repeats: median.repeats.map((it) => ({ ...it, saved_ms: project(distances, it.times - 1) })),
    waterfall: median.waterfall,
  };
}

const NOTHING = {
  trips_p50: null,
  trips_max: null,
  server_ms: null,
  client_ms: null,
  trips_by_kind: null,
  projected_ms: null,
  savings: [],
  repeats: [],
  waterfall: [],
} as const;
