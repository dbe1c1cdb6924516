import { StackingConfigBuilder, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import { METRICS } from '../metrics/names.js';
import { LIMITS } from '../rules/limits.js';
import { STATE_COLOURS } from './colours.js';
import { bars, colourNames, instant, range, stat, timeSeries, type Frame } from './panels.js';
import { IN_REGION, IN_TARGET, of, RECORDED } from './series.js';

const HERE = [IN_TARGET, IN_REGION] as const;

/** What failed and why, and what is about to. */
export function failurePanels() {
  return [byReason(), share(), deadAddresses(), certificate()];
}

/** Where to look first for each reason. Each reason stands in exactly one line: a test holds that. */
const REASONS_BY_PLACE: Readonly<Record<string, readonly string[]>> = {
  'the path, the hub, or a database that is down or hangs': ['timeout', 'refused', 'unreachable'],
  'the name or the certificate': ['dns', 'tls'],
  'the database answers, and somebody changed it': [
    'auth',
    'missing_database',
    'missing_table',
    'permission',
    'read_only',
  ],
  'the database has run out of something': [
    'too_many_connections',
    'out_of_resources',
    'disk_full',
  ],
  'a restart or a failover': ['terminated'],
  'another session is in the way': ['lock_timeout', 'conflict'],
  'any other error of the server': ['sql'],
  'no PostgreSQL answers there': ['protocol'],
  'this machine, or a bug here': ['internal'],
};

function byReason() {
  const places = Object.entries(REASONS_BY_PLACE);
  const where = places.map(([place, reasons]) => `${reasons.join(', ')}: ${place}.`).join(' ');
  return countsByReason(
    {
      id: 401,
      title: 'Failures by reason',
      description: `Failed operations by reason. If the panel is empty, nothing fails. ${where} docs/runbook.md says what to do about each reason.`,
      width: 12,
      empty: 'No operation failed, or nothing was measured',
    },
    METRICS.operationFailures.name,
  );
}

/** How many of a counter came, as bars by their reason. */
function countsByReason(
  panel: Pick<Frame, 'id' | 'title' | 'description' | 'width' | 'empty'>,
  counter: string,
) {
  const counted = `increase(${of(counter, ...HERE)}[$__rate_interval])`;
  const counts = timeSeries({ ...panel, height: 8, unit: 'none', decimals: 0 }, [
    range('reason', `sum by (reason) (${counted}) > 0`, '{{reason}}'),
  ]);
  return bars(colourNames(counts, Object.values(REASONS_BY_PLACE).flat())).stacking(
    new StackingConfigBuilder().mode(StackingMode.Normal),
  );
}

function share() {
  return timeSeries(
    {
      id: 402,
      title: 'Share of operations that fail',
      description:
        'The share in five minutes. Queries are ping, select and insert on a connection that stays open. connect opens a new one. If only connect fails, it is the connection limit, TLS or a password, and an application that restarts now cannot connect. A page from 35 % of queries on, a ticket from 5 % on.',
      width: 12,
      height: 8,
      unit: 'percentunit',
      decimals: 1,
    },
    [
      range('queries', `max(${of(RECORDED.failureRatio, ...HERE)})`, 'queries'),
      range('connect', `max(${of(RECORDED.connectFailureRatio, ...HERE)})`, 'connect'),
    ],
  )
    .min(0)
    .axisSoftMax(LIMITS.failing);
}

function deadAddresses() {
  return countsByReason(
    {
      id: 403,
      title: 'Addresses that did not answer',
      description:
        'For a database name with several addresses: the attempts that failed, by reason, before another address answered. Empty is good. Bars that stay: an address or its zone is dead, so you have one spare less. After half an hour there is a ticket. unreachable in every run from the first day on: the name has an IPv6 address, and this machine has no IPv6.',
      width: 18,
      empty: 'No address failed, or nothing was measured',
    },
    METRICS.connectAttemptFailures.name,
  );
}

function certificate() {
  const end = `min(${of(METRICS.certificateNotAfter.name, ...HERE)})`;
  return stat(
    {
      id: 404,
      title: 'Certificate ends in',
      description:
        "The time until the server's TLS certificate ends, as this region sees it. A ticket below 21 days, a page below 3 days. Below zero it has ended, and clients that verify it cannot connect. A dash: the connection is not encrypted, or there was no run yet.",
      width: 6,
      height: 8,
      unit: 'suffix:days',
      decimals: 1,
    },
    [instant('days', `(${end} - time()) / 86400`, 'certificate')],
    [
      [null, STATE_COLOURS.worst],
      [0, STATE_COLOURS.alarm],
      [LIMITS.certificatePageDays, STATE_COLOURS.warning],
      [LIMITS.certificateTicketDays, STATE_COLOURS.normal],
    ],
  );
}
