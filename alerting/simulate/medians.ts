import { readFileSync } from 'node:fs';
import type { RegionModel } from './traffic.js';

export interface MeasuredFleet {
  readonly fleet: readonly RegionModel[];
  /** The file's earliest, which is the trace's first. */
  readonly firstMinute: number;
  readonly minutes: number;
}

/**
 * A fleet with measured noise: a CSV of `region,minute,median_ms`, one line a run, minutes counted
 * from any start that all regions share. A minute without a line is a missed run.
 *
 * @throws naming the line that cannot be read
 */
export function readMedians(path: string): MeasuredFleet {
  const byRegion = new Map<string, Map<number, number>>();
  const [header, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  if (header !== 'region,minute,median_ms') {
    throw new Error(
      `${path}: the first line is "${header ?? ''}", and should be "region,minute,median_ms"`,
    );
  }
  for (const [index, line] of lines.entries()) {
    const [region = '', minute = '', median = ''] = line.split(',');
    if (!/^[a-z]+$/.test(region) || !/^\d+$/.test(minute) || !(Number(median) > 0)) {
      throw new Error(`${path}, line ${index + 2}: "${line}" is not such as "nrt,12,261.4"`);
    }
    const own = byRegion.get(region) ?? new Map<number, number>();
    byRegion.set(region, own.set(Number(minute), Number(median)));
  }
  if (byRegion.size === 0) throw new Error(`${path} has no runs: only its first line`);
  const all = [...byRegion.values()].flatMap((byMinute) => [...byMinute.keys()]);
  const firstMinute = all.reduce((least, minute) => Math.min(least, minute));
  const minutes = all.reduce((most, minute) => Math.max(most, minute)) - firstMinute + 1;
  const fleet = [...byRegion].map(([region, byMinute]) => {
    const medians = Array.from(
      { length: minutes },
      (_, i) => byMinute.get(firstMinute + i) ?? null,
    );
    return { region, roundTripMs: medians.find((ms) => ms !== null) ?? NaN, medians };
  });
  return { fleet, firstMinute, minutes };
}
