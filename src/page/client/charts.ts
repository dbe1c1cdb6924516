import type uPlot from 'uplot';
import type { HistoryAnswer, OperationNormal } from './api.js';
import { chartData, SMOOTHED_RUNS, type Shown } from './chart-data.js';
import { styleOf } from './colours.js';
import { el } from './dom.js';

type Plot = typeof uPlot;

let loading: Promise<Plot> | undefined;

/** uPlot is fetched when the first detail is opened, so that the ranking does not wait for it. */
export function loadUPlot(): Promise<Plot> {
  loading ??= new Promise((resolve, reject) => {
    document.head.append(el('link', { rel: 'stylesheet', href: 'page/uplot.css' }));
    const script = el('script', { src: 'page/uplot.js' });
    script.addEventListener('load', () =>
      resolve((globalThis as unknown as { uPlot: Plot }).uPlot),
    );
    script.addEventListener('error', () => reject(new Error('the chart could not be loaded')));
    document.head.append(script);
  });
  return loading;
}

export interface Chart {
  /** Takes its parent's width. */
  fit(): void;
  destroy(): void;
}

interface ChartOptions {
  readonly uPlot: Plot;
  readonly parent: HTMLElement;
  readonly history: HistoryAnswer;
  /** Seconds since the epoch. */
  readonly range: readonly [number, number];
}

const LATENCY_HEIGHT = 250;
const REASON_HEIGHT = 34;
const AXIS_WIDTH = 58;
const UTC = 'Etc/UTC';

interface LatencyChartOptions extends ChartOptions {
  readonly shown: Shown;
  /** Is marked; seconds since the epoch. */
  readonly momentS: number | null;
}

/** Every run's median and 95th percentile as points, and lines through them. */
export function createLatencyChart(options: LatencyChartOptions): Chart {
  const { parent, history, range, shown } = options;
  const normal = shown === 'connect' ? null : (history.normal?.[shown] ?? null);
  const data = chartData(history, shown, range[0]);
  const colour = styleOf(parent, '--region-colour');
  const faint = styleOf(parent, '--region-faint');
  const points = (stroke: string, size: number) => ({
    paths: () => null,
    points: { show: true, size, width: 0, fill: stroke, stroke },
  });
  const figure = (_: uPlot, ms: number | null | undefined) =>
    typeof ms !== 'number' ? '–' : `${ms.toFixed(2)} ms`;
  const hasP95 = data.p95.some((ms) => ms !== null);
  return createPlot(
    options,
    {
      height: LATENCY_HEIGHT,
      cursor: { y: false, drag: { x: true, y: false } },
      legend: { markers: { width: 0, fill: (_, i) => (i % 2 === 1 ? faint : colour) } },
      scales: {
        x: { min: range[0], max: range[1] },
        y: { range: (_, min, max) => latencyRange(min, max, normal) },
      },
      hooks: {
        drawClear: [
          (plot) => {
            drawBand(plot, normal, styleOf(parent, '--band'));
            drawMoment(plot, options.momentS, styleOf(parent, '--accent'));
          },
        ],
      },
      axes: [timeAxis(parent), { ...axisStyle(parent), size: AXIS_WIDTH, values: tickTexts }],
      series: [
        { value: '{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}', label: 'UTC' },
        { label: 'p95', value: figure, ...points(faint, 3), show: hasP95 },
        { label: 'p50', value: figure, ...points(colour, 4) },
        {
          label: `p95, ${SMOOTHED_RUNS} runs`,
          value: figure,
          stroke: faint,
          width: 1.25,
          points: NONE,
          show: hasP95,
        },
        {
          label: `p50, ${SMOOTHED_RUNS} runs`,
          value: figure,
          stroke: colour,
          width: 2,
          points: NONE,
        },
      ],
    },
    [data.times, data.p95, data.p50, data.smoothP95, data.smoothP50],
  );
}

const NONE = { show: false };

/** Failures as marks on the same time axis, a line a reason; null: there were none. */
export function createFailureChart(options: ChartOptions): Chart | null {
  const { parent, history, range } = options;
  const failures = history.failures.filter(
    ({ ended_at_s: at }) => at >= range[0] && at <= range[1],
  );
  const reasons = [...new Set(failures.map(({ reason }) => reason))].sort();
  if (reasons.length === 0) return null;
  const times = [...new Set(failures.map(({ ended_at_s }) => ended_at_s))].sort((a, b) => a - b);
  const columns = reasons.map((reason, place) => {
    const at = new Set(failures.flatMap((it) => (it.reason === reason ? [it.ended_at_s] : [])));
    return times.map((time) => (at.has(time) ? place : null));
  });
  const mark = styleOf(parent, '--bad');
  return createPlot(
    options,
    {
      height: 34 + REASON_HEIGHT * reasons.length,
      cursor: { show: false },
      legend: { show: false },
      scales: {
        x: { min: range[0], max: range[1] },
        y: { range: () => [-0.4, reasons.length - 0.4] },
      },
      hooks: { draw: [(plot) => nameLines(plot, reasons, styleOf(parent, '--muted'))] },
      axes: [
        timeAxis(parent),
        {
          ...axisStyle(parent),
          size: AXIS_WIDTH,
          splits: () => reasons.map((_, i) => i),
          values: () => reasons.map(() => ''),
        },
      ],
      series: [
        {},
        ...reasons.map(() => ({
          paths: () => null,
          points: { show: true, size: 7, width: 0, fill: mark, stroke: mark },
        })),
      ],
    },
    [times, ...columns],
  );
}

/** Each reason's name above its line: the axis has no room for the longest. */
function nameLines(plot: uPlot, reasons: readonly string[], colour: string): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${12 * ratio}px system-ui, sans-serif`;
  ctx.fillStyle = colour;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  reasons.forEach((reason, i) => {
    const y = plot.valToPos(i, 'y', true) - 7 * ratio;
    ctx.fillText(reason.replaceAll('_', ' '), bbox.left + 6 * ratio, y);
  });
  ctx.restore();
}

type PlotOptions = Omit<uPlot.Options, 'width' | 'tzDate'>;

function createPlot(
  { uPlot, parent }: ChartOptions,
  settings: PlotOptions,
  data: uPlot.AlignedData,
): Chart {
  const plot = new uPlot(
    {
      ...settings,
      width: parent.clientWidth,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), UTC),
    },
    data,
    parent,
  );
  followTouch(plot);
  return {
    fit: () => plot.setSize({ width: parent.clientWidth, height: settings.height }),
    destroy: () => plot.destroy(),
  };
}

/** A finger moves the cursor too, and so the legend's values; the page still scrolls. */
function followTouch(plot: uPlot): void {
  const follow = ({ touches: [touch] }: TouchEvent) => {
    if (touch === undefined) return;
    const { left, top } = plot.over.getBoundingClientRect();
    plot.setCursor({ left: touch.clientX - left, top: touch.clientY - top });
  };
  plot.over.addEventListener('touchstart', follow, { passive: true });
  plot.over.addEventListener('touchmove', follow, { passive: true });
}

/** From near the least to near the greatest, band included: distance is in the ranking, here it is change. */
function latencyRange(
  least: number | null,
  greatest: number | null,
  normal: OperationNormal | null,
): [number, number] {
  if (least === null || greatest === null) return [0, 1];
  const min = Math.min(least, normal?.low_ms ?? least);
  const max = Math.max(greatest, normal?.high_ms ?? greatest);
  const room = Math.max((max - min) * 0.08, max * 0.02);
  return [Math.max(0, min - room), max + room];
}

/** What is normal, behind everything else: the band, and a line in it. */
function drawBand(plot: uPlot, normal: OperationNormal | null, colour: string): void {
  if (normal === null) return;
  const { ctx, bbox } = plot;
  const [top, middle, bottom] = [normal.high_ms, normal.normal_ms, normal.low_ms].map((ms) =>
    plot.valToPos(ms, 'y', true),
  ) as [number, number, number];
  ctx.save();
  ctx.fillStyle = colour;
  ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
  ctx.fillRect(bbox.left, middle - devicePixelRatio / 2, bbox.width, devicePixelRatio);
  ctx.restore();
}

function drawMoment(plot: uPlot, momentS: number | null, colour: string): void {
  if (momentS === null) return;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colour;
  const x = Math.round(plot.valToPos(momentS, 'x', true));
  ctx.fillRect(x, bbox.top, 2 * devicePixelRatio, bbox.height);
  ctx.restore();
}

function tickTexts(_: uPlot, ticks: number[]): string[] {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  return ticks.map((ms) => `${ms.toFixed(digits)} ms`);
}

function timeAxis(parent: HTMLElement): uPlot.Axis {
  return {
    ...axisStyle(parent),
    space: 70,
    size: 30,
    values: [
      [3_600, '{HH}:{mm}', null, null, null, null, null, null, 1],
      [60, '{HH}:{mm}', null, null, null, null, null, null, 1],
      [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1],
    ],
  };
}

function axisStyle(parent: HTMLElement): uPlot.Axis {
  const grid = styleOf(parent, '--line');
  return {
    stroke: styleOf(parent, '--muted'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1, size: 4 },
  };
}
