import {
  LegendPlacement,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { MappingType, type ValueMap } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { STATE_COLOURS } from './colours.js';
import { byThreshold, framed, instant, legend, range, stat, thresholds } from './panels.js';
import {
  ALERTS,
  FIRING,
  of,
  OF_ANY_TARGET,
  OF_TARGET,
  OUR_ALERTS,
  RECORDED,
  WATCHDOG,
} from './series.js';

const { normal, warning, alarm, notice } = STATE_COLOURS;

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
  const firing = of(ALERTS, FIRING, OUR_ALERTS, `severity="${severity}"`, OF_ANY_TARGET);
  const known = of(RECORDED.state, 'fleet=~"$fleet|"');
  const zero = `0 * count(${of(ALERTS, FIRING, `alertname="${WATCHDOG}"`)}) and on () (count(${known}) > 0)`;
  const page = severity === 'page';
  return stat(
    {
      id,
      title: page ? 'Pages firing' : 'Tickets firing',
      description: `${page ? 'Alerts that wake somebody.' : 'Alerts that wait for the morning.'} Those of all targets of the fleet. The dashboard "Alerts and objectives" lists them, with their start. A dash instead of a zero: the rules are not evaluated or know nothing of this fleet, so no alert can fire.`,
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

/** When each alert was pending, and when it fired. */
export function alertTimeline(id: number): StateTimelineBuilder {
  const scope = [OUR_ALERTS, OF_ANY_TARGET] as const;
  const by = 'max by (alertname, region)';
  const firing = (severity: string) => `${by} (${of(ALERTS, FIRING, severity, ...scope)})`;
  const pending = `${by} (${of(ALERTS, 'alertstate="pending"', ...scope)})`;
  const text: ValueMap = {
    type: MappingType.ValueToText,
    options: {
      1: { text: 'pending', index: 0 },
      2: { text: 'ticket', index: 1 },
      3: { text: 'page', index: 2 },
    },
  };
  const panel = framed(
    new StateTimelineBuilder(),
    {
      id,
      title: 'Alerts over time',
      description:
        'One bar for each alert and region. Yellow: the condition holds, but not long enough yet. Orange: a ticket fires. Red: a page fires. What began first is often the cause. Many short yellow bars that never turn orange or red: the limit is nearly too tight, or the database nearly too slow.',
      width: 24,
      height: 9,
      unit: 'none',
      empty: 'No alert was pending or fired. Whether the rules are evaluated: see "The rules".',
    },
    [
      range(
        'state',
        `3 * ${firing('severity="page"')} or 2 * ${firing('severity!="page"')} or ${pending}`,
        '{{alertname}} {{region}}',
      ),
    ],
  );
  return panel
    .colorScheme(byThreshold())
    .thresholds(
      thresholds([
        [null, notice],
        [2, warning],
        [3, alarm],
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
