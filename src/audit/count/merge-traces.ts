import type { Unit } from './unit.js';

/** A request that used several connections at once has ended when nothing came of it for so long. Milliseconds. */
const QUIET_MS = 2_000;

/** Joins the units of one request (by its trace) that came over several connections. */
export function createTraceMerger(onUnit: (unit: Unit) => void) {
  const open = new Map<string, { unit: Unit; lastAt: number }>();
  const closeBefore = (at: number) => {
    for (const [trace, { unit, lastAt }] of open) {
      if (lastAt >= at) continue;
      open.delete(trace);
      onUnit(unit);
    }
  };
  return {
    add(unit: Unit) {
      const lastAt = Math.max(...unit.trips.map(({ flight }) => flight.answeredAt));
      closeBefore(lastAt - QUIET_MS);
      if (unit.trace === null) {
        onUnit(unit);
        return;
      }
      const found = open.get(unit.trace);
      open.set(unit.trace, {
        unit: found === undefined ? unit : join(found.unit, unit),
        lastAt: Math.max(lastAt, found?.lastAt ?? 0),
      });
    },
    end: () => closeBefore(Infinity),
  };
}

function join(a: Unit, b: Unit): Unit {
  const named = a.name === null ? b : a;
  return {
    ...named,
    trips: [...a.trips, ...b.trips].sort((x, y) => x.flight.startedAt - y.flight.startedAt),
    isCut: a.isCut || b.isCut,
  };
}
