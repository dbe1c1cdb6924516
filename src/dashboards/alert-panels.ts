import {
  LegendPlacement,
  SortOrder,
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  SpecialValueMatch,
  type SpecialValueMap,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { STATE_COLOURS } from './colours.js';
import { byThreshold, framed, instant, legend, range, rows, stat, thresholds } from './panels.js';
import {
  ALERT_IN_SCOPE,
  ALERTS,
  ALERTS_SINCE,
  of,
  OF_TARGET,
  OUR_ALERTS,
  RECORDED,
  WATCHDOG,
} from './series.js';
import { toRegion } from './shell.js';

const { normal, warning, alarm, notice } = STATE_COLOURS;
const FIRING = 'alertstate="firing"';

interface AlertCount {
  readonly id: number;
  readonly severity: 'page' | 'ticket';
  readonly width: number;
}

/**
 * How many alerts of a severity fire. The watchdog always fires: with it, no other alert is a true
 * zero; without it the rules are not evaluated, and the panel shows nothing.
 */
export function alertCount({ id, severity, width }: AlertCount): StatBuilder {
  const firing = of(ALERTS, FIRING, OUR_ALERTS, `severity="${severity}"`, ALERT_IN_SCOPE);
  const zero = `0 * count(${of(ALERTS, FIRING, `alertname="${WATCHDOG}"`)})`;
  const page = severity === 'page';
  return stat(
    {
      id,
      title: page ? 'Pages firing' : 'Tickets firing',
      description: `${page ? 'Alerts that wake somebody.' : 'Alerts that wait for the morning.'} The dashboard "Alerts and objectives" lists them, with their start. A dash instead of a zero: the rules are not evaluated, so no alert can fire.`,
      width,
      height: 4,
      unit: 'none',
      decimals: 0,
    },
    [instant(severity, `count(${firing}) or ${zero}`, severity)],
    [
      [null, normal],
      [1, page ? alarm : warning],
    ],
  );
}

/** Whether alerting works at all. */
export function rulesAlive(id: number): StatBuilder {
  const text: ValueMap = {
    type: MappingType.ValueToText,
    options: { 1: { text: 'evaluated', index: 0 } },
  };
  return stat(
    {
      id,
      title: 'The rules',
      description:
        'The watchdog is an alert that always fires. A dash: Prometheus does not evaluate these rules, so an empty list below means nothing. Look at the page of rules in Prometheus.',
      width: 6,
      height: 4,
      unit: 'none',
    },
    [instant('alive', `max(${of(ALERTS, FIRING, `alertname="${WATCHDOG}"`)})`, 'rules')],
    [
      [null, alarm],
      [1, normal],
    ],
    [text],
  );
}

/** The one state that silences the alerts of single regions. */
export function allRegionsSlow(id: number): StatBuilder {
  const text: ValueMap = {
    type: MappingType.ValueToText,
    options: { 0: { text: 'no', index: 0 }, 1: { text: 'yes', index: 1 } },
  };
  return stat(
    {
      id,
      title: 'All regions slow',
      description:
        'Most regions are above their normal together. It is the database or the hub, not a path. During this time and shortly after it, alerts of single regions stay silent: you get one page for all.',
      width: 6,
      height: 4,
      unit: 'none',
    },
    [instant('all', `max(${of(RECORDED.allSlow, OF_TARGET)})`, 'all regions')],
    [
      [null, normal],
      [1, alarm],
    ],
    [text],
  );
}

const FIRING_COLUMNS = {
  excludeByName: { Time: true },
  indexByName: { severity: 0, alertname: 1, region: 2, Value: 3, target: 4, operation: 5 },
  renameByName: {
    severity: 'Severity',
    alertname: 'Alert',
    region: 'Region',
    target: 'Target',
    operation: 'Operation',
    Value: 'Since',
  },
};

interface Place {
  readonly id: number;
  readonly width: number;
  readonly height: number;
}

/** Of an alert that is about all of them. */
const ALL: SpecialValueMap = {
  type: MappingType.SpecialValue,
  options: { match: SpecialValueMatch.Empty, result: { text: 'all', index: 0 } },
};

/** What fires now, the oldest first. */
export function firingTable({ id, width, height }: Place): TableBuilder {
  const scope = [OUR_ALERTS, ALERT_IN_SCOPE] as const;
  const firing = of(ALERTS, FIRING, ...scope);
  const since = `1000 * (${of(ALERTS_SINCE, ...scope)} and ignoring (alertstate) ${firing})`;
  const labels = 'alertname, severity, region, target, operation';
  const panel = framed(
    new TableBuilder(),
    {
      id,
      title: 'Firing now',
      description:
        'Every alert that fires, and since when its condition holds. An empty list is good if "The rules" shows that they are evaluated. Read alerts of all regions first: they explain those of single regions. Click a region to open its dashboard. docs/runbook.md says what to do about each alert.',
      width,
      height,
      unit: 'string',
    },
    [rows('since', `max by (${labels}) (${since})`)],
  );
  return panel
    .noValue('No alert fires. Whether the rules are evaluated: see "The rules".')
    .sortBy([new TableSortByFieldStateBuilder().displayName('Since').desc(false)])
    .overrideByName('Since', [
      { id: 'unit', value: 'dateTimeFromNow' },
      { id: 'custom.width', value: 125 },
    ])
    .overrideByName('Severity', [
      { id: 'custom.width', value: 70 },
      {
        id: 'custom.cellOptions',
        value: {
          type: TableCellDisplayMode.ColorBackground,
          mode: TableCellBackgroundDisplayMode.Basic,
        },
      },
      { id: 'mappings', value: [severities()] },
    ])
    .overrideByName('Region', [
      { id: 'links', value: [toRegion()] },
      { id: 'mappings', value: [ALL] },
      { id: 'custom.width', value: 100 },
    ])
    .overrideByName('Target', [{ id: 'mappings', value: [ALL] }])
    .overrideByName('Operation', [{ id: 'mappings', value: [ALL] }])
    .transformations([{ id: 'organize', options: FIRING_COLUMNS }]);
}

function severities(): ValueMap {
  return {
    type: MappingType.ValueToText,
    options: {
      page: { text: 'page', color: alarm, index: 0 },
      ticket: { text: 'ticket', color: warning, index: 1 },
    },
  };
}

/** When each alert was pending, and when it fired. */
export function alertTimeline(id: number): StateTimelineBuilder {
  const scope = [OUR_ALERTS, ALERT_IN_SCOPE] as const;
  const by = 'max by (alertname, region)';
  const firing = `2 * ${by} (${of(ALERTS, FIRING, ...scope)})`;
  const pending = `${by} (${of(ALERTS, 'alertstate="pending"', ...scope)})`;
  const text: ValueMap = {
    type: MappingType.ValueToText,
    options: { 1: { text: 'pending', index: 0 }, 2: { text: 'firing', index: 1 } },
  };
  const panel = framed(
    new StateTimelineBuilder(),
    {
      id,
      title: 'Alerts over time',
      description:
        'One bar for each alert and region. Yellow: the condition holds, but not long enough yet. Red: the alert fires. What began first is often the cause. Many short yellow bars that never turn red: the limit is nearly too tight, or the database nearly too slow.',
      width: 24,
      height: 9,
      unit: 'none',
    },
    [range('state', `${firing} or ${pending}`, '{{alertname}} {{region}}')],
  );
  return panel
    .colorScheme(byThreshold())
    .thresholds(
      thresholds([
        [null, notice],
        [2, alarm],
      ]),
    )
    .mappings([text])
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .rowHeight(0.8)
    .lineWidth(0)
    .fillOpacity(85)
    .spanNulls(false)
    .legend(legend(LegendPlacement.Bottom))
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.Descending),
    );
}
