import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { METRICS, OPERATION_BUCKETS } from '../../src/metrics/names.js';
import { BUCKET, RECORDED } from '../../src/dashboards/series.js';
import { AWS } from '../../src/regions/aws.js';
import { FLY } from '../../src/regions/fly.js';
import { OBJECTIVE_BOUNDS } from '../../src/rules/objective.js';
import { codeOf } from '../../src/rules/states.js';
import { EVERY, around, counter, type Add } from './add.js';
import { addAlerts, addDeep, addFurther } from './further-series.js';

/** Of the first regions; all others are normal. */
const STATES = [codeOf('slow'), codeOf('failing'), codeOf('silent')];

interface Size {
  readonly days: number;
  readonly regions: number;
}

/**
 * A fleet's series at the density of real scrapes and rules. Of more than a day only those of one select and the alerts are written,
 * which the panels of all regions read. Returns the last moment, and the region that has everything.
 */
export async function writeLong(
  file: string,
  { days, regions }: Size,
): Promise<{ readonly now: number; readonly region: string }> {
  const now = Math.floor(Date.now() / 60_000) * 60;
  const stream = createWriteStream(file);
  const add: Add = async (name, labels, every, valueAt) => {
    const list = Object.entries({ fleet: 'long', ...labels }).map(
      ([label, text]) => `${label}="${text}"`,
    );
    const series = `${name}{${list.join(',')}}`;
    let text = '';
    for (let time = now - days * 86_400; time <= now; time += every) {
      const value = valueAt(time);
      if (value !== null) text += `${series} ${value} ${time}\n`;
    }
    if (!stream.write(text)) await once(stream, 'drain');
  };
  const codes = [...AWS, ...FLY].slice(0, regions).map(({ code }) => code);
  for (const [index, code] of codes.entries()) {
    await addRegion(add, code, days, index === 0);
    await add(
      RECORDED.state,
      { region: code, target: 'primary' },
      EVERY.quick,
      () => STATES[index] ?? 0,
    );
    if (days <= 1) await addFurther(add, code, now);
  }
  const first = codes[0] ?? '';
  await addAlerts(add, first, now);
  if (days <= 1) await addDeep(add, first, now);
  stream.end('# EOF\n');
  await finished(stream);
  return { now, region: first };
}

async function addRegion(add: Add, region: string, days: number, isDeep: boolean): Promise<void> {
  const here = { region, target: 'primary' };
  const isShort = days <= 1;
  await add(RECORDED.since, here, EVERY.quick, (time) => time - (time % 86_400));
  for (const operation of isShort ? ['select', 'insert', 'ping', 'connect'] : ['select']) {
    const labels = { ...here, operation };
    const last = { ...labels, statistic: 'median' };
    await add(METRICS.lastRunOperation.name, last, EVERY.scrape, around(0.1));
    await add(RECORDED.ratioNow, labels, EVERY.quick, around(1));
    if (operation !== 'connect' && operation !== 'ping') {
      await add(RECORDED.counted, labels, EVERY.counts, () => 600);
      for (const le of isShort ? OBJECTIVE_BOUNDS : [0.299, 0.329]) {
        await add(RECORDED.within, { ...labels, le: String(le) }, EVERY.counts, () => 590);
      }
    }
    if (!isShort) continue;
    await add(RECORDED.medianNow, labels, EVERY.quick, around(0.1));
    await add(RECORDED.baseline, labels, EVERY.quick, around(0.1));
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
  await add(METRICS.operationFailures.name, failed, EVERY.scrape, counter(0.01));
}
