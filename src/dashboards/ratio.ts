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
import { STATE, STATE_MAPPINGS } from './states.js';

/** A multiple of normal, as Grafana writes it. */
export const TIMES = 'suffix: ×';

/** One bar a region: the picture in which a region, or all of them, leaves normal. */
export function stateTimeline(id: number): StateTimelineBuilder {
  const panel = framed(
    new StateTimelineBuilder(),
    {
      id,
      title: 'The state of each region',
      description:
        'What each region was, and since when, by the limits of the alerts: green is normal wherever the region is, orange is where a ticket begins, red is slow, dark red fails, violet is not heard or not up to date, grey has nothing to be judged by yet. One row: its path, or its backend. A column: the database or the hub. A gap: no rules were evaluated.',
      width: 14,
      height: 11,
      unit: 'none',
    },
    [range('state', STATE, '{{region}}')],
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
      title: '$operation against normal',
      description: `The median of $operation ÷ what is normal for that region at this time of day: 1 is normal wherever the region is. Somebody is told from ${LIMITS.shifted} × on and paged from ${LIMITS.slow} × on, for a select and where it is milliseconds as well. One line that rises is a path, all of them are the database or the hub. No line: nothing was measured, or no normal yet.`,
      width: 24,
      height: 9,
      unit: TIMES,
      decimals: 2,
    },
    [range('ratio', finite(`max by (region) (${ratio})`), '{{region}}')],
  )
    .axisSoftMin(0.8)
    .axisSoftMax(LIMITS.slow);
}
