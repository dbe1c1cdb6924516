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
import { byThreshold, framed, rows, thresholds } from './panels.js';
import { RATIO_STEPS, TIMES } from './ratio.js';
import { IN_REGION, IN_TARGET, of, RECORDED } from './series.js';

const LATENCY = 'Value #latency';
const RATIO = 'Value #ratio';

/** A circle a region: its size is the latency, its colour how that compares with normal. */
export function worldMap(id: number): GeomapBuilder {
  const here = [IN_TARGET, IN_REGION, 'operation="$operation"'];
  const latency = `max by (region) (${of(RECORDED.medianNow, ...here)})`;
  const place = `max by (region, city, latitude, longitude) (${of(METRICS.regionInfo.name, IN_REGION, 'latitude!=""')})`;
  const panel = framed(
    new GeomapBuilder(),
    {
      id,
      title: '$operation around the world',
      description:
        'A circle a region: the larger, the longer $operation takes; the colour is that time against what is normal for the region, as in the timeline beside it. Large and green is distance. Red is an incident, however small the circle. A region that measures nothing has no circle.',
      width: 10,
      height: 12,
      unit: 's',
      decimals: 1,
    },
    [
      rows('latency', `${latency} * on (region) group_left (city, latitude, longitude) ${place}`),
      rows('ratio', `max by (region) (${of(RECORDED.ratioNow, ...here)})`),
    ],
  );
  return panel
    .transformations([
      { id: 'joinByField', options: { byField: 'region', mode: 'outer' } },
      // Labels are text; coordinates are not.
      { id: 'convertFieldType', options: { conversions: ['latitude', 'longitude'].map(toNumber) } },
      {
        id: 'filterFieldsByName',
        options: {
          include: { names: ['region', 'city', 'latitude', 'longitude', LATENCY, RATIO] },
        },
      },
    ])
    .overrideByName(LATENCY, [{ id: 'displayName', value: '$operation' }])
    .overrideByName(RATIO, [
      { id: 'displayName', value: 'against normal' },
      { id: 'unit', value: TIMES },
      { id: 'decimals', value: 2 },
    ])
    .colorScheme(byThreshold())
    .thresholds(thresholds(RATIO_STEPS))
    .view(new MapViewConfigBuilder().id('coords').lat(20).lon(15).zoom(1.4).allLayers(true))
    .controls(
      new ControlsOptionsBuilder().showZoom(true).mouseWheelZoom(false).showAttribution(true),
    )
    .tooltip(new TooltipOptionsBuilder().mode(TooltipMode.Details))
    .basemap(new MapLayerOptionsBuilder().type('default').name('Base').config({}))
    .layers([circles()]);
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
        size: { field: LATENCY, fixed: 8, min: 7, max: 24 },
        color: { field: RATIO, fixed: 'grey' },
        opacity: 0.75,
        symbol: { mode: 'fixed', fixed: 'img/icons/marker/circle.svg' },
        text: { mode: 'field', field: 'region', fixed: '' },
        textConfig: { fontSize: 12, offsetX: 0, offsetY: -20, textAlign: 'center' },
      },
    });
}
