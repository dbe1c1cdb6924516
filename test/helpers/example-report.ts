import type { Kind } from '../../src/audit/report/kinds.js';
import { createReport, type Report } from '../../src/audit/report/report.js';
import type { Saving, TripFigures } from '../../src/audit/report/unit-figures.js';
import type { TripKind } from '../../src/audit/count/unit.js';

const trip = (
  kind: TripKind,
  label: string,
  ms: number,
  saving: Saving | null = null,
): TripFigures => ({ kind, label, server_ms: ms, client_ms: 1, saving });

const NO_TRIPS = { work: 0, transaction: 0, prepare: 0, settings: 0, ping: 0, close: 0 };
const NO_SAVINGS = { prepare: 0, begin: 0, settings: 0, ping: 0, close: 0 };
const READ = 'SELECT 1a2b3c4d';

const checkout = (name: string): Kind => ({
  name,
  namedBy: 'tag',
  count: 12,
  cut: 1,
  trips: { p50: 7, max: 8 },
  median: {
    trips: 7,
    serverMs: 2,
    clientMs: 6,
    byKind: { ...NO_TRIPS, work: 3, transaction: 2, prepare: 1, settings: 1 },
    savings: { ...NO_SAVINGS, prepare: 1, begin: 1, settings: 1 },
    repeats: [{ label: READ, fingerprint: '1a2b3c4d5e6f7081', times: 3 }],
    waterfall: [
      trip('settings', 'SET 99aa88bb', 0.1, 'settings'),
      trip('transaction', 'BEGIN', 0.1, 'begin'),
      trip('prepare', 'prepare', 0.2, 'prepare'),
      trip('work', READ, 0.5),
      trip('work', READ, 0.5),
      trip('work', READ, 0.4),
      trip('transaction', 'COMMIT', 0.2),
    ],
  },
});

const read: Kind = {
  name: 'SELECT 50fde206',
  namedBy: 'fingerprint',
  count: 5,
  cut: 0,
  trips: { p50: 1, max: 1 },
  median: {
    trips: 1,
    serverMs: 0.6,
    clientMs: 0,
    byKind: { ...NO_TRIPS, work: 1 },
    savings: NO_SAVINGS,
    repeats: [],
    waterfall: [trip('work', 'SELECT 50fde206', 0.6)],
  },
};

/** A report with everything in it: a unit of seven trips, three of which could be saved, and one of one. */
export function exampleReport(name = 'checkout'): Report {
  return createReport({
    version: '0.1.0',
    measured_s: 8,
    distances: [
      { region: 'lhr', rtt_ms: 12 },
      { region: 'syd', rtt_ms: 269 },
    ],
    distances_from: 'as --rtt says',
    as_if: null,
    pause_ms: 20,
    cancel_requests: 0,
    remarks: [],
    counts: {
      connections: 13,
      trips: 110,
      lost: 0,
      costs: Array.from({ length: 13 }, () => ({ negotiationTrips: 0, loginTrips: 3 })),
    },
    kinds: [checkout(name), read],
    encryptionTrips: 2,
  });
}
