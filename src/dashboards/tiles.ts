import { BigValueTextMode } from '@grafana/grafana-foundation-sdk/common';
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { METRICS } from '../metrics/names.js';
import { codeOf, type StateName } from '../rules/states.js';
import { STATE_COLOURS } from './colours.js';
import { instant, stat } from './panels.js';
import { of, RECORDED } from './series.js';
import { regionsIn, STATE_STEPS } from './states.js';

const { none } = STATE_COLOURS;
/** More names than this in a tile are too small to read, those of clouds first; the table above has them all. */
const NAMES = 2;

interface Tile {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly width: number;
  readonly from: StateName;
  readonly to: StateName;
  /** The states of the regions of which it is known whether they belong here. */
  readonly known: string;
}

/** The regions in some states, by name; "none" only where that is known of a region. */
export function namesTile({ id, title, description, width, from, to, known }: Tile): StatBuilder {
  const these = regionsIn(from, to);
  const isMany = `count(${these}) > ${NAMES}`;
  const names = `topk(${NAMES}, ${these}) unless on () (${isMany}) or topk(1, ${these}) and on () (${isMany})`;
  const rest = `label_replace(count_values("region", (${isMany}) - 1), "region", "$1 more", "region", "(.*)")`;
  const more = `${rest} * on () group_left () max(${these})`;
  const nobody = `label_replace(0 * max(${known}), "region", "none", "", "") unless on () (${these})`;
  // Grey, as a region that waits: it says nothing good of what was not measured.
  const unknown = `label_replace(${codeOf('waiting')} * absent(${known}), "region", "not known", "", "") unless on () (${these})`;
  return stat(
    { id, title, description, width, height: 4, unit: 'none', decimals: 0 },
    [instant('names', `${names} or ${more} or (${nobody}) or (${unknown})`, '{{region}}')],
    STATE_STEPS,
  ).textMode(BigValueTextMode.Name);
}

export function regionsReporting(): StatBuilder {
  const heard = of(METRICS.scheduleInterval.name, 'fleet="$fleet"');
  return stat(
    {
      id: 1,
      title: 'Regions',
      description:
        'How many backends Prometheus can scrape, of the expected regions (prometheus/rules/expected-regions.yml). Fewer than expected: the next panel names the missing ones. More: a new region is not in the list yet.',
      width: 4,
      height: 4,
      unit: 'none',
      decimals: 0,
    },
    [
      instant('reporting', `count(count by (region) (${heard}))`, 'reporting'),
      instant('expected', `count(${of(RECORDED.silent, 'fleet=~"$fleet|"')})`, 'expected'),
    ],
    [[null, none]],
  ).textMode(BigValueTextMode.ValueAndName);
}
