import { readFileSync } from 'node:fs';
import type { RegionModel } from './traffic.js';

/**
 * A fleet with measured noise: a CSV of `region,minute,median_ms`, one line a run, minutes counted
 * from any start. A minute without a line is a missed run.
 *
 * @throws naming the line that cannot be read
 */
export function readMedians(path: string): RegionModel[] {
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
  return [...byRegion].map(([region, byMinute]) => {
    const first = Math.min(...byMinute.keys());
    const last = Math.max(...byMinute.keys());
    const medians = Array.from(
      { length: last - first + 1 },
      (_, i) => byMinute.get(first + i) ?? null,
    );
    return { region, roundTripMs: medians.find((ms) => ms !== null) ?? NaN, medians };
  });
}
