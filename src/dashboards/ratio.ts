import {
  LegendPlacement,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { LIMITS } from '../rules/limits.js';
import { STATE_COLOURS } from './colours.js';
import { byThreshold, framed, legend, range, thresholds, timeSeriesByRegion } from './panels.js';
import { finite, IN_REGION, IN_TARGET, of, RECORDED } from './series.js';
import { NO_STATES, STATE, STATE_AT_END, STATE_MAPPINGS } from './states.js';

/** A multiple of normal: Grafana puts a space before it. */
export const TIMES = 'suffix:×';

/**
 * A page of a timeline has twenty rows, so those that are not normal at the end come first: Prometheus sorts by labels,
 * and "order" is before "region".
 */
const WORST_FIRST = `label_replace(${STATE} and on (region) (${STATE_AT_END} > 0), "order", "0", "", "") or on (region) ${STATE}`;

/** One bar a region: the picture in which a region, or all of them, leaves normal. */
export function stateTimeline(id: number): StateTimelineBuilder {
  const panel = framed(
    new StateTimelineBuilder(),
    {
      id,
      title: 'The state of each region',
      description:
        'The state of each region over time, by the limits of the alerts. Green: normal for this region. Orange: a ticket. Red: slow. Dark red: failing. Violet: silent or out of date. Grey: no normal to compare with yet. The regions that are not normal at the end come first. One row changes: its path, or its backend. All rows change: the database or the hub. A gap: no rules were evaluated.',
      width: 14,
      height: 11,
      unit: 'none',
      empty: NO_STATES,
    },
    [range('state', WORST_FIRST, '{{region}}')],
  );
  return panel
    .colorScheme(byThreshold())
    .thresholds(thresholds([[null, STATE_COLOURS.waiting]]))
    .mappings([...STATE_MAPPINGS])
    .showValue(VisibilityMode.Auto)
    .mergeValues(true)
    .rowHeight(0.9)
    .lineWidth(0)
    .fillOpacity(85)
    .spanNulls(false)
    .legend(legend(LegendPlacement.Bottom))
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.Descending),
    );
}

/** Any operation against its normal; the states are those of the select alone. */
export function ratioOverTime(id: number) {
  const ratio = of(RECORDED.ratioNow, IN_TARGET, IN_REGION, 'operation="$operation"');
  return timeSeriesByRegion(
    {
      id,
      title: 'Against normal: $operation',
      description: `The median of $operation ÷ what is normal for that region at this time of day. 1 is normal for every region. For a select there is a ticket from ${LIMITS.shifted} × and a page from ${LIMITS.slow} ×, if it is enough milliseconds too. One line rises: its path. All lines rise: the database or the hub. No line: nothing was measured, or there is no normal yet.`,
      width: 24,
      height: 9,
      unit: TIMES,
      decimals: 2,
      empty: 'Nothing was measured in this time range, or there is no normal yet',
    },
    [range('ratio', finite(`max by (region) (${ratio})`), '{{region}}')],
  )
    .axisSoftMin(0.8)
    .axisSoftMax(LIMITS.slow);
}
