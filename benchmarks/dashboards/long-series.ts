import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { METRICS, OPERATION_BUCKETS } from '../../src/metrics/names.js';
import { BUCKET, RECORDED } from '../../src/dashboards/series.js';
import { AWS } from '../../src/regions/aws.js';
import { FLY } from '../../src/regions/fly.js';
import { OBJECTIVE_BOUNDS } from '../../src/rules/objective.js';
import { codeOf } from '../../src/rules/states.js';
import { around, counter, everyOf, type Add, type Every } from './add.js';
import { addAlerts, addDeep, addFurther } from './further-series.js';

/** Of the first regions; all others are normal. */
const STATES = [codeOf('slow'), codeOf('failing'), codeOf('silent')];

interface Size {
  readonly days: number;
  readonly regions: number;
}

/**
 * A fleet's series: of a day at the density of real scrapes and rules, of weeks coarser. The first region has everything. Of the
 * others, weeks hold what a panel shows over time; the rest is written of the last day. Returns the last moment and that region.
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
  const every = everyOf(days);
  const codes = [...AWS, ...FLY].slice(0, regions).map(({ code }) => code);
  for (const [index, code] of codes.entries()) {
    // What only a table asks for is asked at the end alone.
    const from = days <= 1 || index === 0 ? 0 : now - 86_400;
    const lately: Lately = (valueAt) => (time) => (time < from ? null : valueAt(time));
    await addRegion({ add, every, lately, now }, code, index === 0);
    const labels = { region: code, target: 'primary' };
    await add(RECORDED.state, labels, every.quick, () => STATES[index] ?? 0);
    await addFurther(add, every, code, now);
  }
  const first = codes[0] ?? '';
  await addAlerts(add, every, first, now);
  await addDeep(add, every, first, now);
  stream.end('# EOF\n');
  await finished(stream);
  return { now, region: first };
}

type Lately = (valueAt: (time: number) => number | null) => (time: number) => number | null;

interface Sink {
  readonly add: Add;
  readonly every: Every;
  readonly lately: Lately;
  readonly now: number;
}

async function addRegion(sink: Sink, region: string, isDeep: boolean): Promise<void> {
  const { add, every, lately } = sink;
  const here = { region, target: 'primary' };
  await add(
    RECORDED.since,
    here,
    every.quick,
    lately((time) => time - (time % 86_400)),
  );
  for (const operation of ['select', 'insert', 'ping', 'connect'] as const) {
    await addOperation(sink, region, operation, isDeep);
  }
  await add(RECORDED.failureRatio, here, every.rule, () => 0);
  await add(
    RECORDED.connectFailureRatio,
    here,
    every.rule,
    lately(() => 0),
  );
  await add(RECORDED.pathShare, here, every.quick, around(0.97));
  await add(
    RECORDED.silent,
    { region },
    every.rule,
    lately(() => 0),
  );
  const at = { region, instance: region };
  const place = { ...at, city: 'A', country: 'IE', latitude: '1', longitude: '2' };
  await add(
    METRICS.regionInfo.name,
    place,
    every.scrape,
    lately(() => 1),
  );
  await add(METRICS.scheduleInterval.name, at, every.scrape, () => 60);
  const failed = { ...here, operation: 'select', reason: 'timeout' };
  await add(METRICS.operationFailures.name, failed, every.scrape, lately(counter(0.01)));
}

async function addOperation(
  { add, every, lately, now }: Sink,
  region: string,
  operation: 'select' | 'insert' | 'ping' | 'connect',
  isDeep: boolean,
): Promise<void> {
  const labels = { region, target: 'primary', operation };
  const last = { ...labels, statistic: 'median' };
  const isSelect = operation === 'select';
  const shown = isSelect || operation === 'insert' ? around(0.1) : lately(around(0.1));
  await add(METRICS.lastRunOperation.name, last, every.scrape, shown);
  await add(RECORDED.ratioNow, labels, every.quick, isSelect ? around(1) : lately(around(1)));
  const median = operation === 'connect' ? lately(around(0.1)) : around(0.1);
  await add(RECORDED.medianNow, labels, every.quick, median);
  await add(RECORDED.baseline, labels, every.quick, lately(around(0.1)));
  const success = { ...labels, outcome: 'success' };
  await add(METRICS.operations.name, success, every.scrape, lately(counter(0.1)));
  if (isSelect || operation === 'insert') {
    await add(RECORDED.counted, labels, every.counts, () => 600);
    for (const le of OBJECTIVE_BOUNDS) {
      const isChosen = isSelect && [0.299, 0.329].includes(le);
      const within = () => 590;
      await add(
        RECORDED.within,
        { ...labels, le: String(le) },
        every.counts,
        isChosen ? within : lately(within),
      );
    }
  }
  for (const bound of [...OPERATION_BUCKETS, Infinity]) {
    const le = bound === Infinity ? '+Inf' : String(bound);
    const step = isSelect ? every.buckets : every.scrape;
    const count = counter(bound > 0.1 ? 0.1 : 0);
    // A table asks for the quantiles of all regions, at the end alone.
    const atEnd = (time: number) => (time < now - 900 ? null : count(time));
    await add(BUCKET, { ...labels, le }, step, isDeep ? count : atEnd);
  }
}
