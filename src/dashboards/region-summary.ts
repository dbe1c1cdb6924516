import { MappingType, type ValueMap } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../metrics/names.js';
import { STATE_COLOURS } from './colours.js';
import { instant, stat, type Steps } from './panels.js';
import { RATIO_STEPS, TIMES } from './ratio.js';
import { IN_REGION, IN_TARGET, of, operation, RECORDED } from './series.js';

const { normal, warning, alarm, none } = STATE_COLOURS;
const SIZE = { width: 4, height: 4 } as const;
const HERE = [IN_TARGET, IN_REGION] as const;

/** The region in six numbers. */
export function summaryPanels() {
  return [
    lastRun(),
    now(102, 'select'),
    againstNormal(103, 'select'),
    now(104, 'insert'),
    againstNormal(105, 'insert'),
    age(),
  ];
}

function lastRun() {
  const text: ValueMap = {
    type: MappingType.ValueToText,
    options: { 0: { text: 'failed', index: 0 }, 1: { text: 'succeeded', index: 1 } },
  };
  return stat(
    {
      id: 101,
      title: 'Latest run',
      description:
        'Whether every operation of the latest scheduled run succeeded. "failed": see the reasons under failures. A dash: no run yet, or the backend is not heard.',
      unit: 'none',
      ...SIZE,
    },
    [instant('up', `max(${of(METRICS.targetUp.name, ...HERE)})`, 'latest run')],
    [
      [null, alarm],
      [1, normal],
    ],
  ).mappings([text]);
}

function now(id: number, name: 'select' | 'insert') {
  return stat(
    {
      id,
      title: `${name === 'select' ? 'Select' : 'Insert'} now`,
      description: `The median ${name} of the last five minutes, and what is normal for this region at this time of day. Whether that is much is for the next panel to say: distance alone takes its time.`,
      unit: 's',
      decimals: 1,
      ...SIZE,
    },
    [
      instant('now', `max(${of(RECORDED.medianNow, ...HERE, operation(name))})`, 'now'),
      instant('normal', `max(${of(RECORDED.baseline, ...HERE, operation(name))})`, 'normal'),
    ],
    [[null, none]],
  );
}

function againstNormal(id: number, name: 'select' | 'insert') {
  return stat(
    {
      id,
      title: `${name === 'select' ? 'Select' : 'Insert'} against normal`,
      description: `The ${name} now ÷ what is normal for this region. From 1.15 × on a shift is ticketed, from 1.3 × on somebody is paged. A dash on a region's first day, before it has a normal.`,
      unit: TIMES,
      decimals: 2,
      ...SIZE,
    },
    [instant('ratio', `max(${of(RECORDED.ratioNow, ...HERE, operation(name))})`, 'ratio')],
    RATIO_STEPS,
  );
}

function age() {
  const steps: Steps = [
    [null, normal],
    [120, warning],
    [300, alarm],
  ];
  return stat(
    {
      id: 106,
      title: 'Since the last success',
      description:
        'Time since a run succeeded wholly. Much more than the interval of the schedule: the database is out of reach from here, or the schedule stands; the sections on failures and on the schedule tell which.',
      unit: 's',
      decimals: 0,
      ...SIZE,
    },
    [
      instant(
        'age',
        `time() - max(${of(METRICS.lastSuccessTimestamp.name, ...HERE)})`,
        'last success',
      ),
    ],
    steps,
  );
}
