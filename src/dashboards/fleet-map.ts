import {
  FrameGeometrySourceMode,
  type FrameGeometrySource,
} from '@grafana/grafana-foundation-sdk/common';
import {
  ControlsOptionsBuilder,
  MapViewConfigBuilder,
  PanelBuilder as GeomapBuilder,
  TooltipMode,
  TooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/geomap';
import { MapLayerOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import { METRICS } from '../metrics/names.js';
import { byThreshold, framed, rows, thresholds, UNNAMED } from './panels.js';
import { STATE_COLOURS } from './colours.js';
import { labelled, NO_STATES, STATE, STATE_MAPPINGS } from './states.js';
import { IN_REGION, IN_TARGET, of, RECORDED } from './series.js';

const LATENCY = 'Value #latency';
const STATE_FIELD = 'Value #state';
/** How large the circle is: one that measures nothing is small. Nobody reads it. */
const SIZE = 'Value #size';

/** Where those are shown whose place is not known: a phone shows it too. */
const OPEN_SEA = {
  shown: 'the worst of them',
  city: 'not known',
  latitude: '-50',
  longitude: '-20',
} as const;

/** A circle a region: its size is the latency, its colour how that compares with normal. */
export function worldMap(id: number): GeomapBuilder {
  const panel = framed(
    new GeomapBuilder(),
    {
      id,
      title: 'Around the world: $operation',
      description:
        'Each region is a circle. The larger it is, the longer $operation takes. The colour is the state, as in the timeline beside it; the tooltip says it in words. Large and green means far away. A region that measures nothing has the smallest circle, in the colour of its state. Regions whose coordinates are not known are one circle together, in the South Atlantic, in the colour of the worst of them. Set REGION_LATITUDE and REGION_LONGITUDE for each. A region that was not heard for a day is only in the table above.',
      width: 10,
      height: 11,
      unit: 's',
      decimals: 1,
      empty: NO_STATES,
    },
    queries(),
  );
  return panel
    .transformations([
      { id: 'joinByField', options: { byField: 'region', mode: 'outer' } },
      // Labels are text; coordinates are not.
      { id: 'convertFieldType', options: { conversions: ['latitude', 'longitude'].map(toNumber) } },
      {
        id: 'filterFieldsByName',
        options: {
          include: {
            names: ['region', 'shown', 'city', 'latitude', 'longitude', LATENCY, STATE_FIELD, SIZE],
          },
        },
      },
      // The last is drawn on top: a region in trouble is not hidden by its neighbours.
      { id: 'sortBy', options: { fields: {}, sort: [{ field: STATE_FIELD, desc: false }] } },
    ])
    .overrideByName(LATENCY, [{ id: 'displayName', value: '$operation' }])
    .overrideByName(STATE_FIELD, [
      { id: 'displayName', value: 'state' },
      { id: 'unit', value: 'none' },
      { id: 'mappings', value: [...STATE_MAPPINGS] },
    ])
    .overrideByName(SIZE, [UNNAMED])
    .overrideByName('latitude', [{ id: 'unit', value: 'degree' }])
    .overrideByName('longitude', [{ id: 'unit', value: 'degree' }])
    .colorScheme(byThreshold())
    .thresholds(thresholds([[null, STATE_COLOURS.waiting]]))
    .view(new MapViewConfigBuilder().id('coords').lat(20).lon(15).zoom(1.4).allLayers(true))
    .controls(
      new ControlsOptionsBuilder().showZoom(true).mouseWheelZoom(false).showAttribution(true),
    )
    .tooltip(new TooltipOptionsBuilder().mode(TooltipMode.Details))
    .basemap(new MapLayerOptionsBuilder().type('default').name('Base').config({}))
    .layers([circles()]);
}

function queries() {
  const here = [IN_TARGET, IN_REGION, 'operation="$operation"'];
  const latency = `max by (region) (${of(RECORDED.medianNow, ...here)})`;
  const nowhere = `last_over_time(${of(METRICS.regionInfo.name, IN_REGION, 'latitude=""')}[1d])`;
  const theirName = `label_replace(count_values("region", count(max by (region) (${nowhere}))), "region", "without coordinates: $1", "region", "(.*)")`;
  const theirState = `${theirName} * on () group_left () max(${STATE} and on (region) ${nowhere})`;
  const theirPlace = Object.entries(OPEN_SEA).reduce(
    (expr, [label, text]) => `label_replace(${expr}, "${label}", "${text}", "", "")`,
    theirName,
  );
  const place = `max by (region, city, latitude, longitude) (last_over_time(${of(METRICS.regionInfo.name, IN_REGION, 'latitude!=""')}[1d]))`;
  return [
    rows('latency', latency),
    rows('state', `${STATE} or ${theirState}`),
    rows('size', `${latency} or on (region) 0 * ${STATE} or on (region) 0 * ${theirState}`),
    rows(
      'place',
      `(${labelled('shown', (name) => name)}) * on (region) group_left (city, latitude, longitude) ${place} or ${theirPlace}`,
    ),
  ];
}

const toNumber = (targetField: string) => ({ targetField, destinationType: 'number' });

function circles(): MapLayerOptionsBuilder {
  const location: FrameGeometrySource = {
    mode: FrameGeometrySourceMode.Coords,
    latitude: 'latitude',
    longitude: 'longitude',
  };
  return new MapLayerOptionsBuilder()
    .type('markers')
    .name('Regions')
    .tooltip(true)
    .location({ build: () => location })
    .config({
      showLegend: false,
      style: {
        size: { field: SIZE, fixed: 8, min: 7, max: 24 },
        color: { field: STATE_FIELD, fixed: 'grey' },
        opacity: 0.75,
        symbol: { mode: 'fixed', fixed: 'img/icons/marker/circle.svg' },
        text: { mode: 'field', field: 'region', fixed: '' },
        textConfig: { fontSize: 12, offsetX: 0, offsetY: -20, textAlign: 'center' },
      },
    });
}
