import {
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizTooltipOptionsBuilder,
  LegendPlacement,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { STATE_COLOURS } from './colours.js';
import { byThreshold, framed, legend, range, thresholds, type Steps } from './panels.js';
import { IN_REGION, IN_TARGET, of, RECORDED } from './series.js';

/** A multiple of normal, as Grafana writes it. */
export const TIMES = 'suffix: ×';

/** The limits of the latency alerts: a shift from 1.15 on, slow from 1.3 on, surged from 1.7 on. */
export const RATIO_STEPS: Steps = [
  [null, STATE_COLOURS.quick],
  [0.85, STATE_COLOURS.normal],
  [1.08, STATE_COLOURS.notice],
  [1.15, STATE_COLOURS.warning],
  [1.3, STATE_COLOURS.alarm],
  [1.7, STATE_COLOURS.worst],
];

/** One bar a region: the picture in which a region, or all of them, leaves normal. */
export function ratioTimeline(id: number): StateTimelineBuilder {
  const ratio = of(RECORDED.ratioNow, IN_TARGET, IN_REGION, 'operation="$operation"');
  const panel = framed(
    new StateTimelineBuilder(),
    {
      id,
      title: '$operation against normal, by region',
      description:
        'The median of five minutes ÷ what is normal for that region at this time of day. Green is normal wherever the region is; orange is where the ticket of a shift begins (1.15 ×), red where somebody is paged (1.3 ×), blue is quicker than usual. A red row is one region: its path. A red column is the database or the hub. Empty: no baseline yet (a region’s first day), or nothing measured.',
      width: 14,
      height: 12,
      unit: TIMES,
      decimals: 2,
    },
    [range('ratio', `max by (region) (${ratio})`, '{{region}}')],
  );
  return panel
    .colorScheme(byThreshold())
    .thresholds(thresholds(RATIO_STEPS))
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .rowHeight(0.9)
    .lineWidth(0)
    .fillOpacity(85)
    .spanNulls(false)
    .legend(legend(LegendPlacement.Bottom))
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending),
    );
}
