import {
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  TableSortByFieldStateBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  SpecialValueMatch,
  type SpecialValueMap,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { alertNames } from '../rules/files.js';
import { STATE_COLOURS } from './colours.js';
import { duration, REGION_WIDTH } from './headline.js';
import { framed, rows } from './panels.js';
import { ALERTS, ALERTS_SINCE, FIRING, of, OF_ANY_TARGET, OUR_ALERTS } from './series.js';
import { toRegion, toRunbook, UNSEEN, withOpen } from './shell.js';

const { warning, alarm } = STATE_COLOURS;

const FIRING_COLUMNS = {
  excludeByName: { Time: true },
  indexByName: {
    severity: 0,
    region: 1,
    alertname: 2,
    Value: 3,
    target: 4,
    operation: 5,
    open: 6,
    anchor: 7,
  },
  renameByName: {
    open: 'Open',
    anchor: 'Anchor',
    severity: 'Severity',
    alertname: 'Alert',
    region: 'Region',
    target: 'Target',
    operation: 'Operation',
    Value: 'For',
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

/** What a link needs for it. */
const EVERY: SpecialValueMap = {
  type: MappingType.SpecialValue,
  options: { match: SpecialValueMatch.Empty, result: { text: '$__all', index: 0 } },
};

const byColumn = (name: string, desc: boolean) =>
  new TableSortByFieldStateBuilder().displayName(name).desc(desc);

/** What fires now: pages first, then the oldest. */
export function firingTable({ id, width, height }: Place): TableBuilder {
  const scope = [OUR_ALERTS, OF_ANY_TARGET] as const;
  const firing = of(ALERTS, FIRING, ...scope);
  const since = `${of(ALERTS_SINCE, ...scope)} and ignoring (alertstate) ${firing}`;
  const labels = 'alertname, severity, region, target, operation';
  const panel = framed(
    new TableBuilder(),
    {
      id,
      title: 'Firing now',
      description:
        'Every alert that fires, of any target of the fleet, and for how long its condition holds. An empty list is good if "The rules" shows that they are evaluated. Read alerts of all regions first: they explain those of single regions. Click a region to open its dashboard, an alert to open its paragraph of the runbook.',
      width,
      height,
      unit: 'string',
      empty:
        'No alert fires. Whether the rules are evaluated: see "The rules" in Alerts and objectives.',
    },
    [
      rows(
        'since',
        withOpen(
          `label_replace(time() - min by (${labels}) (${since}), "anchor", "$1", "alertname", "(.*)")`,
        ),
      ),
    ],
  );
  return panel
    .sortBy([byColumn('Severity', false), byColumn('For', true)])
    .overrideByName('For', duration())
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
    .overrideByName('Alert', [
      { id: 'custom.minWidth', value: 200 },
      { id: 'links', value: [toRunbook('${__data.fields.Anchor}')] },
    ])
    .overrideByName('Anchor', [{ id: 'mappings', value: [anchors()] }, ...UNSEEN])
    .overrideByName('Open', [{ id: 'mappings', value: [EVERY] }, ...UNSEEN])
    .overrideByName('Region', [
      { id: 'links', value: [toRegion({ column: 'Open' })] },
      { id: 'mappings', value: [ALL] },
      { id: 'custom.width', value: REGION_WIDTH },
    ])
    .overrideByName('Target', [{ id: 'mappings', value: [ALL] }])
    .overrideByName('Operation', [{ id: 'mappings', value: [ALL] }])
    .transformations([{ id: 'organize', options: FIRING_COLUMNS }]);
}

/** The runbook's paragraphs have the alerts' names in lower case. */
function anchors(): ValueMap {
  const names = alertNames().map((name, index) => [name, { text: name.toLowerCase(), index }]);
  return {
    type: MappingType.ValueToText,
    options: Object.fromEntries(names) as ValueMap['options'],
  };
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
