import {
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  TableCellHeight,
  TableSortByFieldStateBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { MappingType, type DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { METRICS } from '../metrics/names.js';
import { STATE_COLOURS } from './colours.js';
import { framed, joinedByRegion, rows, type Column } from './panels.js';
import { IN_REGION, IN_TARGET, of, operation, RECORDED } from './series.js';
import { codeOf } from '../rules/states.js';
import { toRegion, toRunbook, UNSEEN, withOpen } from './shell.js';
import {
  absent,
  anchorOf,
  labelled,
  NO_STATES,
  OTHERS_SINCE,
  OTHER_TARGETS,
  range,
  regionsIn,
  SINCE,
  STATE,
  STATE_MAPPINGS,
  type Mapping,
} from './states.js';

const COLUMNS: readonly Column[] = [
  ['Value #state', 'State'],
  ['region', 'Region'],
  ['Value #for', 'For'],
  ['Value #where', 'Where'],
  ['reason', 'Reason'],
  ['Value #now', 'Select now'],
  ['Value #usual', 'Normal'],
  ['anchor', 'Runbook'],
  ['Value #from', 'From'],
  ['open', 'Open'],
  ['of', 'Of'],
];

const HERE = [IN_TARGET, IN_REGION] as const;
/** Pixels of the longest state, and of the longest region of a cloud. */
export const STATE_WIDTH = 150;
export const REGION_WIDTH = 125;
/** What a phone shows beside them. */
const DURATION_WIDTH = 65;

/** How long something lasts, in few letters: "22 min". */
export const duration = (): DynamicConfigValue[] => [
  { id: 'unit', value: 's' },
  { id: 'decimals', value: 0 },
  { id: 'custom.align', value: 'left' },
  { id: 'custom.width', value: DURATION_WIDTH },
];

/** The row that says that nothing is wrong. */
const EVERY = 'every region';

/** Of a link: each row has a region, a target and a moment of its own. */
const AT_THAT_MOMENT = {
  time: 'from=${__data.fields.From.numeric}&to=now',
  column: 'Open',
  target: 'Of',
} as const;

/** What is wrong, in words: the worst first. One row says so where nothing is. */
export function headline(id: number): TableBuilder {
  const panel = framed(
    new TableBuilder(),
    {
      id,
      title: 'What is wrong now',
      description:
        'Every region that is not normal, and every other target in trouble, the worst first: for how long, whether the extra time is on the path or in the database, and the most frequent reason of failures. The limits are those of the alerts, without their waiting time. Click a region to open its dashboard at that moment. The last column opens the runbook. If the table is empty, the rules are not evaluated.',
      width: 24,
      height: 7,
      unit: 's',
      decimals: 1,
      empty: NO_STATES,
    },
    queries(),
  );
  return panel
    .cellHeight(TableCellHeight.Sm)
    .sortBy([new TableSortByFieldStateBuilder().displayName('State').desc(true)])
    .overrideByName('State', [{ id: 'custom.width', value: STATE_WIDTH }, ...stateCell()])
    .overrideByName('Region', [
      { id: 'custom.width', value: REGION_WIDTH },
      { id: 'links', value: [toRegion(AT_THAT_MOMENT)] },
    ])
    .overrideByName('For', [...duration(), { id: 'mappings', value: [absent('unknown')] }])
    .overrideByName('Where', [
      { id: 'custom.width', value: 130 },
      { id: 'custom.align', value: 'left' },
      { id: 'mappings', value: places() },
    ])
    .overrideByName('Select now', [{ id: 'custom.width', value: 90 }])
    .overrideByName('Normal', [{ id: 'custom.width', value: 80 }])
    .overrideByName('Runbook', [
      { id: 'links', value: [toRunbook()] },
      { id: 'mappings', value: [opens()] },
    ])
    .overrideByName('From', [
      { id: 'unit', value: 'none' },
      { id: 'decimals', value: 0 },
      ...UNSEEN,
    ])
    .overrideByName('Open', [{ id: 'mappings', value: [ALL_REGIONS] }, ...UNSEEN])
    .overrideByName('Of', [...UNSEEN])
    .transformations(joinedByRegion(COLUMNS));
}

function queries() {
  const bad = `${STATE} > 0`;
  const others = `${OTHER_TARGETS} > ${codeOf('waiting')}`;
  const every = (expr: string) => `label_replace(${expr}, "region", "${EVERY}", "", "")`;
  const allNormal = `(${every(`max(${STATE}) == 0`)} unless on () (${others}))`;
  const failed = of(METRICS.operationFailures.name, ...HERE);
  const reasons = `topk by (region) (1, sum by (region, reason) (increase(${failed}[5m])) > 0)`;
  const slow = regionsIn('above normal', 'slow');
  const median = (name: string) =>
    `max by (region) (${of(name, ...HERE, operation('select'))}) and on (region) (${bad})`;
  return [
    rows('state', withOpen(ofTarget(`(${bad}) or ${allNormal}`, others))),
    rows('for', `time() - (${SINCE} and on (region) (${bad}) or ${OTHERS_SINCE}) / 1000`),
    rows(
      'where',
      `max by (region) (${of(RECORDED.excessOnPath, ...HERE)}) and on (region) (${slow})`,
    ),
    rows('reason', `${reasons} and on (region) (${bad})`),
    rows('now', median(RECORDED.medianNow)),
    rows('usual', median(RECORDED.baseline)),
    rows(
      'anchor',
      `(${labelled('anchor', anchorOf)}) > 0 or (${labelled('anchor', anchorOf, OTHER_TARGETS)}) > ${codeOf('waiting')}`,
    ),
    rows(
      'from',
      `(${SINCE} - 1800000) and on (region) (${bad}) or ${OTHERS_SINCE} - 1800000 or (${every('vector(1000 * (time() - 21600))')} and on (region) ${allNormal})`,
    ),
  ];
}

/** The target of each row, which its link chooses. */
const ofTarget = (here: string, others: string): string =>
  `label_replace(${here}, "of", "$target", "", "") or label_replace(max by (region) (${others}), "of", "$1", "region", "target (.*)")`;

/** The colour and the word of a state. */
export function stateCell(): DynamicConfigValue[] {
  return [
    {
      id: 'custom.cellOptions',
      value: {
        type: TableCellDisplayMode.ColorBackground,
        mode: TableCellBackgroundDisplayMode.Basic,
      },
    },
    { id: 'mappings', value: [...STATE_MAPPINGS] },
    { id: 'custom.align', value: 'left' },
  ];
}

/** What a link needs that chooses all regions. */
const ALL_REGIONS: Mapping = {
  type: MappingType.RegexToText,
  options: { pattern: `^(${EVERY}|target .*)$`, result: { text: '$__all', index: 0 } },
};

/** The share of the extra time that a ping takes as well. */
function places() {
  return [
    range(0.7, null, 'the path', undefined, 0),
    range(null, 0.3, 'the database', undefined, 1),
    range(0.3, 0.7, 'path and database', undefined, 2),
  ];
}

const opens = () => ({
  type: MappingType.RegexToText,
  options: { pattern: '.+', result: { text: 'open', index: 0, color: STATE_COLOURS.quick } },
});
