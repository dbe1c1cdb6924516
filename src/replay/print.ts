import type { Report, ReportedAlert, ReportedThreshold } from './report.js';

type Row = readonly string[];

interface Table {
  readonly title: string;
  readonly head: Row;
  readonly rows: readonly Row[];
}

/** For a terminal. */
export function toText(report: Report): string {
  const tables = tablesOf(report).map(
    ({ title, head, rows }) => `${title}\n${aligned([head, ...rows])}`,
  );
  return [...sentencesOf(report), '', ...tables].join('\n');
}

/** For an issue or a page. */
export function toMarkdown(report: Report): string {
  const line = (row: Row) => `| ${row.join(' | ')} |`;
  const tables = tablesOf(report).map(({ title, head, rows }) =>
    [`## ${title}`, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n'),
  );
  return [`# Alerts of ${report.fleet}, replayed`, '', ...sentencesOf(report), '', ...tables].join(
    '\n',
  );
}

const WEEK_SECONDS = 7 * 86_400;
const ALERTS = ['no alert', 'one alert'];

function sentencesOf({ fleet, from, to, history, alerts }: Report): string[] {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1_000;
  const extrapolated = `Only ${span(seconds)} were replayed: what is said of a week is calculated from that.`;
  return [
    `Fleet ${fleet}, from ${minute(from)} to ${minute(to)} UTC: ${ALERTS[alerts.length] ?? `${alerts.length} alerts`} would have fired.`,
    `The rules read ${history.samples} samples, from ${minute(history.from)} to ${minute(history.to)} UTC.`,
    ...(seconds < WEEK_SECONDS && alerts.length > 0 ? [extrapolated] : []),
  ];
}

function tablesOf({ alerts, by_alert, thresholds }: Report): Table[] {
  const tables = [
    {
      title: 'What would have fired',
      head: ['began (UTC)', 'lasted', 'severity', 'alert', 'about'],
      rows: alerts.map((one) => [
        minute(one.from),
        one.goes_on ? `${span(one.seconds)}, goes on` : span(one.seconds),
        one.severity,
        one.alert,
        about(one),
      ]),
    },
    {
      title: 'How often',
      head: ['alert', 'severity', 'times', 'a week', 'lasted (median)'],
      rows: by_alert.map(({ alert, severity, count, a_week, median_seconds }) => [
        alert,
        severity,
        String(count),
        String(a_week),
        span(median_seconds),
      ]),
    },
    {
      title: `Which limit fires at most ${thresholds[0]?.alarms_a_week ?? 0} times a week`,
      head: ['alert', 'limit now', 'a week now', 'limit for that', 'tried (limit: times a week)'],
      rows: thresholds.map(thresholdRow),
    },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

function thresholdRow({ alert, limit, enough, tried }: ReportedThreshold): Row {
  const now = tried.find((one) => one.limit === limit);
  return [
    alert,
    String(limit),
    now === undefined ? 'not tried' : String(now.a_week),
    enough === null ? 'none that was tried' : String(enough),
    tried.map((one) => `${one.limit}: ${one.a_week}`).join(', '),
  ];
}

function about({ labels }: ReportedAlert): string {
  const { region, target } = labels;
  if (region === undefined) return target ?? 'the fleet';
  return target === undefined ? region : `${region} to ${target}`;
}

const minute = (time: string) => time.slice(0, 16).replace('T', ' ');

function span(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60
    ? `${(minutes / 60).toFixed(1)} h`
    : `${(minutes / 1_440).toFixed(1)} days`;
}

function aligned(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}
