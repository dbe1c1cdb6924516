import { METRICS } from '../metrics/names.js';
import { bars, colourNames, range, timeSeries } from './panels.js';
import { IN_REGION, IN_TARGET, of, quantileOf } from './series.js';

const HERE = [IN_TARGET, IN_REGION] as const;

const DASHED = { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 8] } } as const;

/** Whether the region measures when it should. */
export function schedulePanels() {
  return [ages(), delay(), skipped(), runs()];
}

function ages() {
  const since = (name: string) => `time() - max(${of(name, ...HERE)})`;
  return timeSeries(
    {
      id: 601,
      title: 'Age of the latest run',
      description:
        'Each run brings it to zero, so teeth below the interval are normal. Above three intervals: no run ends any more, and everything else here is old. Only the last success rises: runs happen, and fail.',
      width: 12,
      height: 8,
      unit: 's',
      decimals: 0,
    },
    [
      range('run', since(METRICS.lastRunTimestamp.name), 'last run'),
      range('success', since(METRICS.lastSuccessTimestamp.name), 'last success'),
      range('interval', `max(${of(METRICS.scheduleInterval.name, IN_REGION)})`, 'interval'),
    ],
  )
    .min(0)
    .overrideByName('interval', [DASHED]);
}

function delay() {
  const { name } = METRICS.scheduleDelay;
  const delays = { name, matchers: [IN_REGION], over: '$__rate_interval' };
  return timeSeries(
    {
      id: 602,
      title: 'Delay of the start',
      description:
        'How long after its planned second a run begins. Tens of milliseconds are normal. More: the machine is short of processor time, so do not trust its latencies.',
      width: 12,
      height: 8,
      unit: 's',
      decimals: 1,
    },
    [range('p50', quantileOf(0.5, delays), 'p50'), range('p99', quantileOf(0.99, delays), 'p99')],
  )
    .min(0)
    .axisSoftMax(0.05);
}

function skipped() {
  const counted = of(METRICS.scheduleSkipped.name, IN_REGION);
  const panel = timeSeries(
    {
      id: 603,
      title: 'Runs that did not start',
      description:
        'Zero is normal. overlap: the run before had not ended, because operations hang or time out. missed: the process was too late, because the machine is short of processor time.',
      width: 12,
      height: 8,
      unit: 'none',
      decimals: 0,
    },
    [range('skipped', `sum by (reason) (increase(${counted}[$__rate_interval]))`, '{{reason}}')],
  );
  return bars(colourNames(panel, ['overlap', 'missed']));
}

function runs() {
  const { name } = METRICS.runDuration;
  const durations = {
    name,
    matchers: [...HERE, 'trigger="schedule"'],
    over: '$__rate_interval',
  };
  const interval = `max(${of(METRICS.scheduleInterval.name, IN_REGION)})`;
  return timeSeries(
    {
      id: 604,
      title: 'Duration of a run',
      description:
        'About thirty round trips and one new connection. It has to stay below the interval of the schedule. If it comes near, runs are skipped: use fewer iterations or a longer interval.',
      width: 12,
      height: 8,
      unit: 's',
      decimals: 1,
    },
    [
      range('p50', quantileOf(0.5, durations), 'p50'),
      range('p99', quantileOf(0.99, durations), 'p99'),
      range('interval', interval, 'interval'),
    ],
  )
    .min(0)
    .overrideByName('interval', [DASHED]);
}
