import {
  GraphDrawStyle,
  StackingConfigBuilder,
  StackingMode,
} from '@grafana/grafana-foundation-sdk/common';
import { METRICS } from '../metrics/names.js';
import { range, timeSeries } from './panels.js';
import { IN_REGION, IN_TARGET, of, RECORDED } from './series.js';

const HERE = [IN_TARGET, IN_REGION] as const;

/** What failed, and why. */
export function failurePanels() {
  return [byReason(), share()];
}

function byReason() {
  const failed = `increase(${of(METRICS.operationFailures.name, ...HERE)}[$__rate_interval])`;
  return timeSeries(
    {
      id: 401,
      title: 'Failures by reason',
      description:
        'Failed operations by reason; empty is health. timeout, unreachable, refused: the path, the hub or a database that is down. too_many_connections, auth, tls, permission, read_only, missing_table: the database answers, and somebody changed it. terminated: a restart or a failover. internal: a bug here. docs/metrics.md explains each.',
      width: 12,
      height: 8,
      unit: 'none',
      decimals: 0,
    },
    [range('reason', `sum by (reason) (${failed}) > 0`, '{{reason}}')],
  )
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    .min(0);
}

function share() {
  return timeSeries(
    {
      id: 402,
      title: 'Share of operations that fail',
      description:
        'Of five minutes. Queries are ping, select and insert, on a connection that stays open; connect opens a new one. Only connect fails: the connection limit, TLS or a password, and applications that restart now will not come back. Above 35 % of queries somebody is paged, from 5 % on there is a ticket.',
      width: 12,
      height: 8,
      unit: 'percentunit',
      decimals: 1,
    },
    [
      range('queries', `max(${of(RECORDED.failureRatio, ...HERE)})`, 'queries'),
      range('connect', `max(${of(RECORDED.connectFailureRatio, ...HERE)})`, 'connect'),
    ],
  ).min(0);
}
