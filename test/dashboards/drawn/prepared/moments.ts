import { roundTripOf } from '../../../../src/lab/distances.js';
import { codeOf } from '../../../../src/rules/states.js';
import { minutesAgo, type ValueAt } from './series.js';
import type { Prepared, PreparedRegion } from './states.js';

export interface Target {
  readonly name: string;
  readonly follows: string | undefined;
}

const FAILS = ['failing', 'no new connections', 'some errors'];
export const fails = ({ state }: PreparedRegion) => FAILS.includes(state ?? '');

/** When a region is heard, measures, and is in its state. */
export function momentsOf(state: Prepared, region: PreparedRegion) {
  const young = state.age !== undefined;
  const since =
    region.minutes === undefined ? (young ? minutesAgo(state.age) : 0) : minutesAgo(region.minutes);
  const isBad = region.state !== undefined && region.state !== 'normal';
  const bad = (time: number) => isBad && time >= since;
  const alive =
    (value: ValueAt): ValueAt =>
    (time) =>
      (young && time < since) || (region.state === 'silent' && bad(time)) ? null : value(time);
  const nothing = ['failing', 'stale', 'waiting'].includes(region.state ?? '');
  return {
    since,
    bad,
    alive,
    /** Of what is only there where an operation succeeded. */
    measured: (value: ValueAt) => alive((time) => (nothing && bad(time) ? null : value(time))),
    state: (time: number) => {
      if (young && time < since) return null;
      return bad(time) ? codeOf(region.state ?? 'normal') : 0;
    },
  };
}

/** Seconds: a round trip. The replica stands in Virginia. */
export function normalOf(state: Prepared, target: Target, { code }: PreparedRegion): number {
  if (target.follows === undefined) return Math.max(roundTripOf(code), 0.4) / 1_000;
  return code === 'iad' ? 0.0012 : 0.077;
}
