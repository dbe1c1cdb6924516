import {
  AnnotationQueryBuilder,
  CustomVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type DynamicConfigValue,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../metrics/names.js';
import { UIDS } from '../rules/dashboard-uids.js';
import { EXAMPLE_LINKS } from '../rules/fleet.js';
import { STATE_COLOURS } from './colours.js';
import { DATASOURCE, range } from './panels.js';
import {
  ALERT_IN_SCOPE,
  ALERTS,
  IN_REGION,
  of,
  OF_TARGET,
  OUR_ALERTS,
  PROCESS,
  RECORDED,
} from './series.js';

const TAG = 'pglatency';

export interface ShellOptions {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Grafana's relative time. */
  readonly from: string;
}

/** An empty dashboard with what all have: links to the others, the target, and the annotations. */
export function createShell(options: ShellOptions): DashboardBuilder {
  return new DashboardBuilder(options.title)
    .uid(options.uid)
    .id(null)
    .version(1)
    .description(options.description)
    .tags([TAG])
    .timezone('browser')
    .editable()
    .refresh('30s')
    .time({ from: options.from, to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('pglatency')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .tooltip('The other dashboards, with the same variables and time range')
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(
      new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    )
    .withVariable(
      fromLabel('fleet', 'Fleet', METRICS.scheduleInterval.name)
        .description('The fleet that measures; several may share a Prometheus')
        .current({ text: 'pglatency', value: 'pglatency' }),
    )
    .withVariable(
      fromLabel('target', 'Target', of(METRICS.operations.name, 'fleet="$fleet"'))
        .description('The database that is measured')
        .current({ text: 'primary', value: 'primary' }),
    )
    .withVariable(runbookVariable())
    .annotation(firingAlerts())
    .annotation(restarts())
    .annotation(reloads())
    .annotation(clockSteps());
}

/** Where the links to the runbook lead; the mixin, or whoever imports the file, gives another address. */
function runbookVariable(): TextBoxVariableBuilder {
  const { runbook } = EXAMPLE_LINKS;
  return new TextBoxVariableBuilder('runbook')
    .label('Runbook')
    .description('The address of your copy of docs/runbook.md')
    .hide(VariableHide.HideVariable)
    .defaultValue(runbook)
    .current({ text: runbook, value: runbook });
}

/** The values of a label, read from Prometheus whenever the time range changes. */
function fromLabel(label: string, title: string, series: string): QueryVariableBuilder {
  const query = `label_values(${series}, ${label})`;
  return new QueryVariableBuilder(label)
    .label(title)
    .datasource(DATASOURCE)
    .query({ qryType: 1, query, refId: `variable-${label}` })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

/** The regions: several at once; `All` takes in one that is new. */
export function regionVariable(): QueryVariableBuilder {
  // A region that is silent has no series of its own; its state is recorded all the same.
  const series = `{__name__=~"${METRICS.scheduleInterval.name}|${RECORDED.state}", fleet=~"$fleet|"}`;
  return fromLabel('region', 'Region', series)
    .description('Where the measuring backends are')
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ text: 'All', value: '$__all' });
}

/** One operation. `matchers` leaves some out. */
export function operationVariable(matchers = OF_TARGET): QueryVariableBuilder {
  return fromLabel('operation', 'Operation', of(METRICS.operations.name, matchers))
    .description('What is timed: docs/methodology.md')
    .current({ text: 'select', value: 'select' });
}

/** A choice from a list, with its first value as given. */
export function choice(
  name: string,
  label: string,
  values: readonly { readonly text: string; readonly value: string }[],
  current: string,
): CustomVariableBuilder {
  const chosen = values.find(({ value }) => value === current);
  if (chosen === undefined) throw new Error(`${name}: "${current}" is not one of its values`);
  return new CustomVariableBuilder(name)
    .label(label)
    .values(values.map(({ text, value }) => `${text} : ${value}`).join(','))
    .options(values.map((option) => ({ ...option, selected: option === chosen })))
    .current({ ...chosen, selected: true });
}

function firingAlerts(): AnnotationQueryBuilder {
  const expr = of(ALERTS, 'alertstate="firing"', OUR_ALERTS, ALERT_IN_SCOPE);
  return annotation('Firing alerts', STATE_COLOURS.alarm, expr)
    .titleFormat('{{alertname}}')
    .textFormat('{{region}} {{operation}}')
    .tagKeys('severity,region');
}

/** At the moment of the start itself, which is the series' value. */
function restarts(): AnnotationQueryBuilder {
  const started = of(PROCESS.startTime, IN_REGION);
  const expr = `1000 * max by (region, version) (${started} * on (fleet, region, instance) group_left (version) ${METRICS.buildInfo.name})`;
  return annotation('Starts and new versions', STATE_COLOURS.quick, expr)
    .titleFormat('The backend started, version {{version}}')
    .textFormat('{{region}}')
    .tagKeys('region,version')
    .useValueForTime(true);
}

/** Not the first reading, which is the start. */
function reloads(): AnnotationQueryBuilder {
  const read = of(METRICS.reloadTimestamp.name, IN_REGION);
  const started = `${of(PROCESS.startTime, IN_REGION)} + 60`;
  const expr = `1000 * max by (region) (${read} > on (fleet, region, instance) ${started})`;
  return annotation('Reloads', STATE_COLOURS.unknown, expr)
    .titleFormat('The configuration was read again')
    .textFormat('{{region}}')
    .tagKeys('region')
    .useValueForTime(true);
}

function clockSteps(): AnnotationQueryBuilder {
  const expr = `sum by (region) (increase(${of(METRICS.clockSteps.name, IN_REGION)}[2m])) > 0`;
  return annotation('Clock steps', STATE_COLOURS.waiting, expr)
    .titleFormat('The clock of the backend was set')
    .textFormat('{{region}}')
    .tagKeys('region');
}

function annotation(name: string, colour: string, expr: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(colour)
    .expr(expr)
    .target(range('Anno', expr, ''))
    .step('60s');
}

/** A link from a table's row to the region of a column, as that column shows it. */
export function toRegion({ time = '${__url_time_range}', column = 'Region', target = '' } = {}) {
  const region = `var-region=\${__data.fields.${column}}`;
  const chosen = target === '' ? '${target:queryparam}' : `var-target=\${__data.fields.${target}}`;
  const rest = `\${fleet:queryparam}&${chosen}&\${datasource:queryparam}&\${runbook:queryparam}`;
  return {
    title: 'Open this region',
    url: `/d/${UIDS.region}?${region}&${rest}&${time}`,
    targetBlank: false,
  };
}

/** A link to the paragraph of the runbook that the cell's own value names, or a column as it is shown. */
export function toRunbook(anchor = '${__value.raw}') {
  return { title: 'What to do', url: `\${runbook:raw}#${anchor}`, targetBlank: true };
}

/** A column that only links read. */
export const UNSEEN: readonly DynamicConfigValue[] = [
  { id: 'custom.hidden', value: true },
  { id: 'custom.hideFrom', value: { viz: true, legend: true, tooltip: true } },
];

/** The region once more, for links: where a row is about all of them, the value that chooses all. */
export const withOpen = (expr: string): string =>
  `label_replace(${expr}, "open", "$1", "region", "(.*)")`;
