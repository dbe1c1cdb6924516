import type { Target } from '../config/target.js';
import { visibleText } from '../probe/results/visible-text.js';
import type { Failure, Sample } from '../probe/results/result.js';
import { describeOpened } from './describe-opened.js';
import { explain } from './explain.js';
import { figure, milliseconds, plural } from './figures.js';
import { openedOf, type Report } from './report.js';
import { tallyOf, type Tally } from './tally.js';
import type { Round } from './rounds.js';
import { style } from './style.js';
import { wrap } from './wrap.js';

export interface RenderOptions {
  /** Colours, for a terminal. */
  readonly colour: boolean;
  readonly width: number;
  /** Of a sample: `query` or `insert`. */
  readonly noun: string;
}

const GAP = '  ';
const MIN_CELL = 10;

/** Which database, where, and as whom. */
export function titleOf(label: string, { host, port, user, database }: Target): string {
  const place = host.startsWith('/') ? `the socket in ${host}` : `${host}:${port}`;
  const name = label === host ? '' : `${label}: `;
  return visibleText(`${name}${database} at ${place}, as ${user}`);
}

/** What a connection took, or why there is none. */
export function renderOpened(report: Report, nowMs: number, options: RenderOptions): string[] {
  const { target, opened, label } = report;
  const title = style('bold', titleOf(label, target), options);
  if (opened === null) return [title, '  interrupted before a connection was open'];
  if (!opened.ok) return [title, `  ${style('red', failureText(opened), options)}`];
  return [title, ...describeOpened(opened, target, nowMs)];
}

/** A line for each round; databases stand side by side. */
export function renderRound(
  { number, turns }: Round,
  labels: readonly string[],
  options: RenderOptions,
): string[] {
  const reopened = turns.flatMap((turn, i) =>
    turn.reopened === null
      ? []
      : [
          `      the connection${labels.length > 1 ? ` to ${labels[i] ?? ''}` : ''} was dead: another one took ${milliseconds(turn.reopened.connectMs)}`,
        ],
  );
  const lost = turns.flatMap(({ sample }, i) =>
    sample.ok ? [] : [`${labels.length > 1 ? `${labels[i] ?? ''}: ` : ''}${failureText(sample)}`],
  );
  const cells = turns.map(({ sample }, i) => cell(sample, widthOf(labels, i)));
  const line = [String(number).padStart(4), ...cells].join(GAP);
  const note = lost.length === 0 ? '' : `${GAP}${style('red', lost.join('; '), options)}`;
  return [...reopened, `${line}${note}`];
}

/** The titles over the rounds of several databases. */
export function renderTitles(labels: readonly string[], options: RenderOptions): string[] {
  if (labels.length < 2) return [];
  const cells = labels.map((label, i) => label.padStart(widthOf(labels, i)));
  return [style('bold', [''.padStart(4), ...cells].join(GAP), options)];
}

function widthOf(labels: readonly string[], i: number): number {
  return labels.length < 2 ? MIN_CELL : Math.max(MIN_CELL, labels[i]?.length ?? 0);
}

function cell(sample: Sample, width: number): string {
  return (sample.ok ? milliseconds(sample.durationMs) : 'lost').padStart(width);
}

function failureText({ reason, message }: Failure): string {
  return `${reason}: ${message}`;
}

/** The last lines: the figures, and what they mean. */
export function renderSummary(reports: readonly Report[], options: RenderOptions): string[] {
  if (reports.length === 1) return reports.flatMap((report) => summaryOf(report, options));
  const rows = reports.map((report) => [report.label, ...tableCells(report)]);
  const titles = ['', 'sent', 'lost', 'min', 'p50', 'p95', 'max', 'deviation', 'connect'];
  const widths = titles.map((_, i) =>
    Math.max(...[titles, ...rows].map((cells) => cells[i]?.length ?? 0)),
  );
  const lay = (cells: readonly string[]) =>
    cells
      .map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
      .join(GAP);
  return [
    style('bold', lay(titles), options),
    ...rows.map(lay),
    ...reports.flatMap((report) => {
      const text = explanationOf(report, options);
      return text === null ? [] : ['', ...wrap(`${report.label}: ${text}`, options.width)];
    }),
  ];
}

function tableCells(report: Report): string[] {
  const { sent, lost, statistics } = tallyOf(report.samples);
  const { min, p50, p95, max, stddev } = statistics;
  const connectMs = openedOf(report)?.connectMs ?? null;
  return [String(sent), String(lost), ...[min, p50, p95, max, stddev, connectMs].map(figure)];
}

function summaryOf(report: Report, options: RenderOptions): string[] {
  const tally = tallyOf(report.samples);
  if (openedOf(report) === null) return [];
  const text = explanationOf(report, options);
  return [
    countText(tally, options.noun),
    ...failureLines(tally, options),
    ...(tally.answered === 0 ? [] : [statisticsText(tally)]),
    ...(report.reconnections > 0 ? [`reconnected ${plural(report.reconnections, 'time')}`] : []),
    ...(text === null ? [] : ['', ...wrap(text, options.width)]),
  ];
}

function countText({ sent, answered, lost }: Tally, noun: string): string {
  const many = noun === 'query' ? 'queries' : `${noun}s`;
  const share = lost === 0 ? '' : ` (${((100 * lost) / sent).toFixed(lost === sent ? 0 : 1)} %)`;
  return `${sent} ${sent === 1 ? noun : many}, ${answered} answered, ${lost} lost${share}`;
}

function failureLines({ failures }: Tally, options: RenderOptions): string[] {
  return failures.map(({ reason, count, message }) =>
    style('red', `${count} × ${reason}: ${message}`, options),
  );
}

/** In one line, also for the last line of a terminal. */
export function statisticsText({ statistics }: Tally): string {
  const { min, p50, p95, max, stddev } = statistics;
  const named = { min, p50, p95, max, deviation: stddev };
  const texts = Object.entries(named).map(([name, ms]) => `${name} ${figure(ms)}`);
  return `${texts.join('  ')}  ms`;
}

function explanationOf(report: Report, { noun }: RenderOptions): string | null {
  const opened = openedOf(report);
  if (opened === null) return null;
  const queryMs = tallyOf(report.samples).statistics.p50;
  return explain(opened, report.target, { queryMs, noun });
}
