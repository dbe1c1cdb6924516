import { StackingConfigBuilder, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import { METRICS } from '../metrics/names.js';
import { fixedColour, range, timeSeries } from './panels.js';
import { IN_REGION, IN_TARGET, of, operation, RECORDED } from './series.js';

const HERE = [IN_TARGET, IN_REGION] as const;
const PATH = 'path (ping)';
const DATABASE = 'database';
const SETUP = 'connection set-up';

/** What an operation's time is made of, from the run's own medians. */
export function timePanels() {
  return [parts(301, 'select'), parts(302, 'insert'), connection(), blame()];
}

/** Seconds: the median of the latest run. */
function latest(name: 'ping' | 'select' | 'insert' | 'connect'): string {
  const series = of(METRICS.lastRunOperation.name, ...HERE, operation(name), 'statistic="median"');
  return `max(${series})`;
}

function parts(id: number, name: 'select' | 'insert') {
  const what = name === 'select' ? 'the read' : 'the write and the flush of the log';
  return timeSeries(
    {
      id,
      title: `A${name === 'insert' ? 'n insert' : ' select'}: path and database`,
      description: `The path is a ping, the database is ${name} − ping: ${what}. Which of the two grew is who to call. Where the database is quick its part is nearly nothing, and noise may put it below zero.`,
      width: 8,
      height: 9,
      unit: 's',
      decimals: 1,
    },
    [
      range('path', latest('ping'), PATH),
      range('database', `${latest(name)} - ${latest('ping')}`, DATABASE),
    ],
  )
    .fillOpacity(40)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .overrideByName(PATH, [fixedColour('#5794F2')])
    .overrideByName(DATABASE, [fixedColour('#FF9830')]);
}

function connection() {
  return timeSeries(
    {
      id: 303,
      title: 'A new connection: path and set-up',
      description:
        'What an application pays that does not pool. The path is one ping; the set-up is the rest: the other round trips of TCP, TLS and authentication, and the server starting a process. It grows with the path; alone it points at TLS, at authentication, or at a server that is short of processes.',
      width: 8,
      height: 9,
      unit: 's',
      decimals: 1,
    },
    [
      range('path', latest('ping'), PATH),
      range('setup', `${latest('connect')} - ${latest('ping')}`, SETUP),
    ],
  )
    .fillOpacity(40)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .overrideByName(PATH, [fixedColour('#5794F2')])
    .overrideByName(SETUP, [fixedColour('#B877D9')]);
}

function blame() {
  return timeSeries(
    {
      id: 304,
      title: 'Whose fault is the extra time',
      description:
        'Of the time that a select takes above normal, the share that a ping takes as well: near 100 % it is the path from this region, near 0 % the database. Read it only during an incident: a select that is not above normal has no extra time, and there is nothing here.',
      width: 24,
      height: 6,
      unit: 'percentunit',
      decimals: 0,
    },
    [range('excess', `max(${of(RECORDED.excessOnPath, ...HERE)})`, 'on the path')],
  )
    .min(0)
    .max(1);
}
