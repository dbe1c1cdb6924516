import { MappingType, type ValueMap } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../metrics/names.js';
import { LIMITS } from '../rules/limits.js';
import { STATE_COLOURS } from './colours.js';
import { instant, stat } from './panels.js';
import { TIMES } from './ratio.js';
import { IN_REGION, IN_TARGET, of, operation, RECORDED } from './series.js';
import { STATE, STATE_MAPPINGS } from './states.js';

const { normal, warning, none } = STATE_COLOURS;
const SIZE = { width: 3, height: 4 } as const;
const HERE = [IN_TARGET, IN_REGION] as const;

/** The region in a word and seven numbers. */
export function summaryPanels() {
  return [
    state(),
    lastRun(),
    now(102, 'select'),
    usual(),
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
      [null, warning],
      [1, normal],
    ],
    [text],
  );
}

function state() {
  return stat(
    {
      id: 107,
      title: 'State',
      description:
        'The state of this region and target now, by the limits of the alerts, without their waiting time. In the states "silent", "failing", "stale" and "waiting" nothing is measured, so the figures beside it are dashes. "not known": the rules are not evaluated.',
      unit: 'none',
      ...SIZE,
    },
    [instant('state', STATE, 'state')],
    [[null, STATE_COLOURS.waiting]],
    STATE_MAPPINGS,
  );
}

function now(id: number, name: 'select' | 'insert') {
  return stat(
    {
      id,
      title: `${name === 'select' ? 'Select' : 'Insert'} now`,
      description: `The median ${name} of the last three minutes. The state and the next panel say whether that is much for this distance. A dash: too little was measured, or everything failed.`,
      unit: 's',
      decimals: 1,
      ...SIZE,
    },
    [instant('now', `max(${of(RECORDED.medianNow, ...HERE, operation(name))})`, 'now')],
    [[null, none]],
  );
}

function againstNormal(id: number, name: 'select' | 'insert') {
  return stat(
    {
      id,
      title: `${name === 'select' ? 'Select' : 'Insert'} ratio`,
      description: `The ${name} now ÷ what is normal for this region at this time of day. For a select there is a ticket from ${LIMITS.shifted} × and a page from ${LIMITS.slow} ×, if it is enough milliseconds too. The state has the colour. A dash: nothing was measured, or the region has no normal yet, on its first day.`,
      unit: TIMES,
      decimals: 2,
      ...SIZE,
    },
    [instant('ratio', `max(${of(RECORDED.ratioNow, ...HERE, operation(name))})`, 'ratio')],
    [[null, none]],
  );
}

/** What is normal here, in the same unit: never under the title of what is measured. */
function usual() {
  return stat(
    {
      id: 108,
      title: 'Normal select',
      description:
        'What a select usually takes in this region at this time of day. The alerts compare the select with it. A dash: there is no normal yet.',
      unit: 's',
      decimals: 1,
      ...SIZE,
    },
    [instant('normal', `max(${of(RECORDED.baseline, ...HERE, operation('select'))})`, 'normal')],
    [[null, none]],
  );
}

function age() {
  return stat(
    {
      id: 106,
      title: 'Last success',
      description:
        'Time since every operation of a run succeeded. Much more than the interval of the schedule: the region cannot reach the database, or no run ends. The sections on failures and on the schedule show which.',
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
    [[null, none]],
  );
}
