import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { METRICS, OPERATION_BUCKETS } from '../../src/metrics/names.js';
import { BUCKET, RECORDED } from '../../src/dashboards/series.js';
import { AWS } from '../../src/regions/aws.js';
import { FLY } from '../../src/regions/fly.js';
import { OBJECTIVE_BOUNDS } from '../../src/rules/objective.js';

/** Seconds between two samples: of a scrape, of the quick rules, of the others and of the hourly counts. */
const EVERY = { scrape: 15, quick: 30, rule: 60, counts: 300 } as const;

interface Size {
  readonly days: number;
  readonly regions: number;
}

/**
 * A fleet's series at the density of real scrapes and rules. Of more than a day only those of one select are written,
 * which the panels of all regions read. Returns the last moment, and the region that has everything.
 */
export async function writeLong(
  file: string,
  { days, regions }: Size,
): Promise<{ readonly now: number; readonly region: string }> {
  const now = Math.floor(Date.now() / 60_000) * 60;
  const stream = createWriteStream(file);
  const add = async (
    name: string,
    labels: Readonly<Record<string, string>>,
    every: number,
    valueAt: (time: number) => number,
  ) => {
    const list = Object.entries({ fleet: 'long', ...labels }).map(
      ([label, text]) => `${label}="${text}"`,
    );
    const series = `${name}{${list.join(',')}}`;
    let text = '';
    for (let time = now - days * 86_400; time <= now; time += every) {
      text += `${series} ${valueAt(time)} ${time}\n`;
    }
    if (!stream.write(text)) await once(stream, 'drain');
  };
  const codes = [...AWS, ...FLY].slice(0, regions).map(({ code }) => code);
  for (const code of codes) await addRegion(add, code, days, code === codes[0]);
  stream.end('# EOF\n');
  await finished(stream);
  return { now, region: codes[0] ?? '' };
}

type Add = (
  name: string,
  labels: Readonly<Record<string, string>>,
  every: number,
  valueAt: (time: number) => number,
) => Promise<void>;

/** Different in every sample, as measurements are, so that they pack as badly. */
const around = (value: number) => () =>
  Number((value * (0.97 + 0.06 * Math.random())).toPrecision(6));
const counter = (perSecond: number) => (time: number) => Math.floor(time * perSecond);

async function addRegion(add: Add, region: string, days: number, isDeep: boolean): Promise<void> {
  const here = { region, target: 'primary' };
  const isShort = days <= 1;
  await add(RECORDED.state, here, EVERY.quick, (time) => (time % 86_400 < 600 ? 5 : 0));
  await add(RECORDED.since, here, EVERY.quick, (time) => time - (time % 86_400));
  for (const operation of isShort ? ['select', 'insert', 'ping', 'connect'] : ['select']) {
    const labels = { ...here, operation };
    const last = { ...labels, statistic: 'median' };
    await add(METRICS.lastRunOperation.name, last, EVERY.scrape, around(0.1));
    await add(RECORDED.ratioNow, labels, EVERY.quick, around(1));
    if (operation !== 'connect') {
      await add(RECORDED.counted, labels, EVERY.counts, () => 600);
      for (const le of isShort ? OBJECTIVE_BOUNDS : [0.299, 0.329]) {
        await add(RECORDED.within, { ...labels, le: String(le) }, EVERY.counts, () => 590);
      }
    }
    if (!isShort) continue;
    await add(RECORDED.medianNow, labels, EVERY.quick, around(0.1));
    await add(RECORDED.baseline, labels, EVERY.quick, around(0.1));
    for (const name of [RECORDED.p50, RECORDED.p95, RECORDED.p99]) {
      await add(name, labels, EVERY.rule, around(0.1));
    }
    await add(
      METRICS.operations.name,
      { ...labels, outcome: 'success' },
      EVERY.scrape,
      counter(0.1),
    );
    if (!isDeep) continue;
    for (const bound of [...OPERATION_BUCKETS, Infinity]) {
      const le = bound === Infinity ? '+Inf' : String(bound);
      await add(BUCKET, { ...labels, le }, EVERY.scrape, counter(bound > 0.1 ? 0.1 : 0));
    }
  }
  if (!isShort) return;
  await add(RECORDED.failureRatio, here, EVERY.rule, () => 0);
  await add(RECORDED.connectFailureRatio, here, EVERY.rule, () => 0);
  await add(RECORDED.pathShare, here, EVERY.quick, around(0.97));
  await add(RECORDED.silent, { region }, EVERY.rule, () => 0);
  const place = {
    region,
    instance: region,
    city: 'A',
    country: 'IE',
    latitude: '1',
    longitude: '2',
  };
  await add(METRICS.regionInfo.name, place, EVERY.scrape, () => 1);
  await add(METRICS.scheduleInterval.name, { region, instance: region }, EVERY.scrape, () => 60);
  const failed = { ...here, operation: 'select', reason: 'timeout' };
  await add(METRICS.operationFailures.name, failed, EVERY.scrape, counter(0.001));
}
