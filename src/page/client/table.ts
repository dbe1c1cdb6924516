import type { FleetLine } from './api.js';
import { colourAs } from './colours.js';
import { el, setAttribute, setText } from './dom.js';
import { ABSENT, duration, milliseconds, plural } from './format.js';
import { degreeOf, describeRatio, isSlowerThanNormal } from './normal-words.js';
import { createSparkline } from './sparkline.js';

export interface RankingRow {
  readonly row: HTMLTableRowElement;
  /** Opens and closes the region's detail. */
  readonly button: HTMLButtonElement;
  /**
   * @param scaleMs what a full bar stands for
   * @param nowMs by the backend's clock, milliseconds since the epoch
   */
  update(line: FleetLine, scaleMs: number, nowMs: number): void;
  /** @param elapsedMs since the line came */
  tick(elapsedMs: number): void;
}

const STATE_TEXT: Readonly<Record<FleetLine['state'], string>> = {
  ok: '',
  waiting: 'waiting',
  no_database: 'no database',
  stale: 'stale',
  failing: 'failing',
  unreachable: 'no answer',
};

/** One backend's row of the ranking; its cells are made once and then only rewritten. */
export function createRankingRow(): RankingRow {
  const cells = createCells();
  const { row, button } = cells;
  let current: FleetLine | undefined;
  let saidAtMs = 0;
  return {
    row,
    button,
    update(line, scaleMs, nowMs) {
      current = line;
      saidAtMs = nowMs;
      fillCells(cells, line, scaleMs);
      setText(cells.ratio, describeRatio(line, 0, saidAtMs));
    },
    tick(elapsedMs) {
      if (current === undefined) return;
      setText(cells.why, whyOf(current, elapsedMs));
      setText(cells.ratio, describeRatio(current, elapsedMs, saidAtMs));
      const { age_ms } = current;
      setText(cells.age, age_ms === null ? ABSENT : `${duration(age_ms + elapsedMs)} ago`);
    },
  };
}

function createCells() {
  const cell = (className: string, label: string, ...children: (Node | string)[]) =>
    el('td', { role: 'cell', class: className, 'data-label': label }, ...children);
  const rank = cell('rank', 'Rank');
  const flag = el('span', { class: 'flag', 'aria-hidden': 'true' });
  const city = el('span', { class: 'city' });
  const code = el('span', { class: 'code' });
  const machine = el('span', { class: 'machine' });
  const names = el('span', { class: 'names' }, city, ' ', code, ' ', machine);
  const button = el('button', { type: 'button', 'aria-expanded': 'false' }, flag, names);
  const why = el('span', { class: 'why' });
  const ratio = el('span', { class: 'ratio' });
  const bar = createBar(ratio);
  const readP95 = cell('number', 'Read p95');
  const insertP50 = cell('number apart', 'Insert p50');
  const insertP95 = cell('number', 'Insert p95');
  const connect = cell('number apart', 'Connect');
  const failures = cell('number failures', 'Failures');
  const spark = createSparkline();
  const sparkText = el('span', { class: 'hidden' });
  const pill = el('span', { class: 'pill' });
  const age = el('span', { class: 'when' });
  const row = el(
    'tr',
    { role: 'row', class: 'line' },
    rank,
    el('th', { role: 'rowheader', scope: 'row', class: 'region' }, button, why),
    cell('read', 'Read p50', bar.element),
    readP95,
    insertP50,
    insertP95,
    connect,
    failures,
    cell('trend', 'Latest runs', spark.element, sparkText),
    cell('age', 'Measured', pill, age),
  );
  return {
    row,
    button,
    rank,
    flag,
    city,
    code,
    machine,
    why,
    bar,
    ratio,
    readP95,
    insertP50,
    insertP95,
    connect,
    failures,
    spark,
    sparkText,
    pill,
    age,
  };
}

function fillCells(cells: ReturnType<typeof createCells>, line: FleetLine, scaleMs: number): void {
  const isSlow = line.state === 'ok' && isSlowerThanNormal(line.normal);
  setAttribute(cells.row, 'data-state', isSlow ? 'slow' : line.state);
  setAttribute(cells.ratio, 'data-degree', degreeOf(line.normal?.read));
  setText(cells.rank, line.rank === null ? ABSENT : String(line.rank));
  setText(cells.flag, line.flag);
  setText(cells.city, line.city);
  colourAs(cells.row, line.colour);
  // A region outside the catalogue is named by its code already.
  setText(cells.code, line.city === line.region ? '' : line.region);
  setText(cells.machine, line.machine_short ?? '');
  setAttribute(cells.machine, 'title', line.machine ?? '');
  setText(cells.why, whyOf(line, 0));
  cells.bar.update(line.read_p50_ms, line.read_p95_ms, scaleMs);
  setText(cells.readP95, milliseconds(line.read_p95_ms));
  setText(cells.insertP50, milliseconds(line.insert_p50_ms));
  setText(cells.insertP95, milliseconds(line.insert_p95_ms));
  setText(cells.connect, milliseconds(line.connect_ms));
  setText(cells.failures, failureCount(line));
  setAttribute(cells.failures, 'data-some', String(line.failures.length > 0));
  cells.spark.update(line.recent_read_p50_ms);
  setText(cells.sparkText, describeRecent(line.recent_read_p50_ms));
  setText(cells.pill, isSlow ? 'slow' : STATE_TEXT[line.state]);
  cells.pill.hidden = line.state === 'ok' && !isSlow;
}

/** The median as a bar, a line from there to the 95th percentile, the figure, and its ratio to the normal. */
function createBar(ratio: HTMLElement) {
  const fill = el('span', { class: 'fill' });
  const whisker = el('span', { class: 'whisker' });
  const track = el('span', { class: 'track', 'aria-hidden': 'true' }, whisker, fill);
  const figure = el('span', { class: 'figure' });
  const element = el('div', { class: 'bar' }, track, figure, ratio);
  return {
    element,
    update(p50: number | null, p95: number | null, scaleMs: number) {
      const percent = (ms: number | null) =>
        `${(Math.min(1, (ms ?? 0) / Math.max(scaleMs, 1e-9)) * 100).toFixed(2)}%`;
      fill.style.width = percent(p50);
      whisker.style.width = percent(p95);
      track.hidden = p50 === null;
      setText(figure, milliseconds(p50));
    },
  };
}

/** 0 is a count; without a run there is none, nor of a run whose figures are too old to show. */
function failureCount({ failures, timestamp, read_p50_ms }: FleetLine): string {
  if (timestamp === null || (read_p50_ms === null && failures.length === 0)) return ABSENT;
  return String(failures.reduce((sum, { count }) => sum + count, 0));
}

/** Why there are no figures, or what failed; the first run is counted down to. */
function whyOf(line: FleetLine, elapsedMs: number): string {
  const { state, next_run_in_ms: nextMs } = line;
  if (state === 'waiting' && nextMs !== null) {
    const leftMs = nextMs - elapsedMs;
    return leftMs > 0 ? `first run in ${duration(leftMs)}` : 'first run is due';
  }
  return line.error ?? describeFailures(line);
}

function describeFailures({ failures }: FleetLine): string {
  return failures
    .map(({ operation, reason, count }) => `${operation} ${reason} ×${count}`)
    .join(', ');
}

function describeRecent(values: readonly (number | null)[]): string {
  const measured = values.filter((value) => value !== null);
  if (measured.length === 0) return values.length === 0 ? 'no runs yet' : 'no read succeeded';
  const failed = values.length - measured.length;
  const range = `${milliseconds(Math.min(...measured))} to ${milliseconds(Math.max(...measured))} ms`;
  return `${plural(values.length, 'run')}: ${range}${failed === 0 ? '' : `, ${failed} without a read`}`;
}
