import { createFingerprints } from './fingerprints.js';
import type { Flight } from './flight.js';
import { createTraceMerger } from './merge-traces.js';
import { createStatements } from './statements.js';
import { createTrace, type Trace } from './trace.js';
import type { Unit } from './unit.js';
import { createUnitBuilder, type UnitBuilder, type UnitOptions } from './units.js';

/** What a connection cost, in round trips. */
export interface ConnectionCost {
  /** Requests for encryption that the application made, and that were answered. */
  readonly negotiationTrips: number;
  readonly loginTrips: number;
}

/** Follows every connection, and tells of units when they are known. */
export interface Recorder {
  connection(negotiationTrips: number): { readonly trace: Trace; end(): void };
  /** All that has come so far has been told; the units that go on are ended. */
  finish(): Promise<void>;
  readonly counts: Counts;
}

export interface Counts {
  /** Connections that came up to the login. */
  connections: number;
  /** Of the login and after it; without TLS, and without TCP's handshake. */
  trips: number;
  /** Connections whose messages were not understood at some point. */
  lost: number;
  readonly costs: ConnectionCost[];
}

/** Costs that are kept: they are much the same. */
const MAX_COSTS = 1_000;

interface Queued {
  readonly builder: UnitBuilder;
  /** null: the connection has ended. */
  readonly flight: Flight | null;
}

/** Nothing is grouped before its statements are read, in the order in which it came. */
function createReadQueue() {
  let queue: Queued[] = [];
  const isRead = ({ flight }: Queued) =>
    flight?.operations.every(({ statement }) => statement?.isRead !== false) ?? true;
  const drain = () => {
    let done = 0;
    for (const item of queue) {
      if (!isRead(item)) break;
      done += 1;
      if (item.flight === null) item.builder.end();
      else item.builder.add(item.flight);
    }
    if (done > 0) queue = queue.slice(done);
  };
  return {
    push(item: Queued) {
      queue.push(item);
      if (queue.length === 1) drain();
    },
    drain,
  };
}

export function createRecorder(options: UnitOptions, onUnit: (unit: Unit) => void): Recorder {
  const fingerprints = createFingerprints();
  const queue = createReadQueue();
  const statements = createStatements((sql, done) =>
    fingerprints.read(sql, (reading) => {
      done(reading);
      queue.drain();
    }),
  );
  const merger = createTraceMerger(onUnit);
  const builders = new Set<UnitBuilder>();
  const counts: Counts = { connections: 0, trips: 0, lost: 0, costs: [] };
  let lastNumber = 0;
  return {
    counts,
    connection(negotiationTrips) {
      const builder = createUnitBuilder(++lastNumber, options, merger.add);
      builders.add(builder);
      const trace = createTrace(statements, {
        onLogin(loginTrips) {
          counts.connections += 1;
          counts.trips += loginTrips;
          if (counts.costs.length < MAX_COSTS) counts.costs.push({ negotiationTrips, loginTrips });
        },
        onFlight(flight) {
          counts.trips += 1;
          queue.push({ builder, flight });
        },
      });
      return {
        trace,
        end() {
          if (!builders.delete(builder)) return;
          if (trace.isLost) counts.lost += 1;
          queue.push({ builder, flight: null });
        },
      };
    },
    async finish() {
      for (const builder of builders) queue.push({ builder, flight: null });
      builders.clear();
      await fingerprints.settled();
      queue.drain();
      merger.end();
      await fingerprints.close();
    },
  };
}
