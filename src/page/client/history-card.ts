import { getHistory, type FleetLine, type HistoryAnswer } from './api.js';
import { SHOWN, type Shown } from './chart-data.js';
import { describeFailures, describeLatency } from './chart-words.js';
import { createFailureChart, createLatencyChart, loadUPlot, type Chart } from './charts.js';
import { createChoices } from './choices.js';
import { el, setText } from './dom.js';
import { describeNormal } from './normal-words.js';

const RELOAD_MS = 15_000;
const LABELS: Readonly<Record<Shown, string>> = {
  read: 'Read',
  insert: 'Insert',
  ping: 'Ping',
  connect: 'Connect',
};
const DAY_S = 86_400;
const LEAST_WINDOW_S = 60;
/** Before and after a moment. */
const AROUND_S = 900;
const WINDOWS: readonly (readonly [string, number])[] = [
  ['15 min', 900],
  ['1 h', 3_600],
  ['6 h', 21_600],
  ['24 h', DAY_S],
];

/** A backend's kept runs: latency by operation, and failures by reason, over a window that ends now. */
export function createHistoryCard(line: () => FleetLine) {
  let history: HistoryAnswer | null = null;
  let shown: Shown = 'read';
  let windowS: number | null = null;
  let momentS: number | null = null;
  let charts: Chart[] = [];
  let closed = false;

  const { element, latency, failures, windows } = createLayout({
    onShown(value) {
      shown = value;
      draw();
    },
    onWindow(seconds) {
      windowS = seconds;
      momentS = null;
      draw();
    },
  });
  const clear = () => {
    for (const chart of charts) chart.destroy();
    charts = [];
  };
  const draw = () => {
    void loadUPlot().then((uPlot) => {
      if (closed || history === null) return;
      clear();
      const range = rangeOf(history, windowS, momentS);
      windows.select(momentS === null ? fittingWindow(range) : '');
      charts = drawCharts({ uPlot, history, range, shown, momentS, latency, failures });
    }, fail);
  };
  // What was drawn stays, and says how old it is.
  const fail = (error: unknown) =>
    setText(latency.words, `No newer data: ${(error as Error).message}`);
  const load = async () => {
    try {
      history = await getHistory(line());
      draw();
    } catch (error) {
      fail(error);
    }
  };
  const stop = redrawOn({ element, load: () => void load(), draw, charts: () => charts });
  setText(latency.words, 'Loading the history …');
  void load();
  return {
    element,
    /** The half hour around a moment, seconds since the epoch; null: the window that ends now. */
    show(atS: number | null) {
      if (atS === momentS) return;
      momentS = atS;
      draw();
    },
    close() {
      closed = true;
      stop();
      clear();
    },
  };
}

/** Both charts, and their words. */
function drawCharts(what: {
  uPlot: Parameters<typeof createFailureChart>[0]['uPlot'];
  history: HistoryAnswer;
  range: [number, number];
  shown: Shown;
  momentS: number | null;
  latency: ChartParts;
  failures: ChartParts;
}): Chart[] {
  const { history, range, shown, momentS, latency, failures } = what;
  const limits = limitsOf(range, momentS);
  const normal = shown === 'connect' ? '' : describeNormalOf(history, shown);
  const runs = describeLatency(history, shown, ...limits);
  latency.show(history.ended_at_s.length > 0, normal === '' ? runs : `${normal} ${runs}`);
  const main = createLatencyChart({ ...what, parent: latency.figure });
  failures.show(true, describeFailures(history, ...limits));
  const failed = createFailureChart({ ...what, parent: failures.figure });
  failures.figure.hidden = failed === null;
  return failed === null ? [main] : [main, failed];
}

function createLayout(on: {
  onShown: (shown: Shown) => void;
  onWindow: (seconds: number) => void;
}) {
  const latency = chartParts();
  const failures = chartParts();
  const operations = createChoices('Operation', labelsOf(SHOWN), 'read', (value) =>
    on.onShown(value as Shown),
  );
  const windows = createChoices(
    'Window',
    WINDOWS.map(([text, s]) => [text, String(s)]),
    '',
    (value) => on.onWindow(Number(value)),
  );
  const element = el(
    'section',
    { class: 'card wide' },
    el('div', { class: 'card-head' }, el('h3', {}, 'Latency'), operations.element, windows.element),
    ...[latency.figure, latency.words],
    el('h3', {}, 'Failures'),
    ...[failures.figure, failures.words],
  );
  return { element, latency, failures, windows };
}

function describeNormalOf({ normal, timestamp }: HistoryAnswer, shown: Exclude<Shown, 'connect'>) {
  // An older backend does not say.
  return describeNormal(normal ?? null, shown, Date.parse(timestamp));
}

function labelsOf(shown: readonly Shown[]): (readonly [string, string])[] {
  return shown.map((it) => [LABELS[it], it]);
}

type ChartParts = ReturnType<typeof chartParts>;

/** A place for a chart, and what it shows in words. */
function chartParts() {
  const figure = el('div', { class: 'chart', role: 'img', 'aria-label': 'Not drawn yet' });
  const words = el('p', { class: 'chart-words' });
  return {
    figure,
    words,
    show(hasChart: boolean, text: string) {
      figure.hidden = !hasChart;
      setText(words, text);
      figure.setAttribute('aria-label', text);
    },
  };
}

/** Reloads now and then, redraws in other colours, and follows the width; returns how to stop. */
function redrawOn(deps: {
  element: HTMLElement;
  load: () => void;
  draw: () => void;
  charts: () => readonly Chart[];
}): () => void {
  const reload = setInterval(() => {
    if (!document.hidden) deps.load();
  }, RELOAD_MS);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', deps.draw);
  const watch = new ResizeObserver(() => {
    for (const chart of deps.charts()) chart.fit();
  });
  watch.observe(deps.element);
  return () => {
    clearInterval(reload);
    scheme.removeEventListener('change', deps.draw);
    watch.disconnect();
  };
}

/** The time around a moment; else the chosen window, or one that begins with the first kept run, up to now. */
function rangeOf(
  history: HistoryAnswer,
  windowS: number | null,
  momentS: number | null,
): [number, number] {
  const end = Math.ceil(Date.parse(history.timestamp) / 1_000);
  if (momentS !== null) {
    const until = Math.min(end, momentS + AROUND_S);
    return [until - 2 * AROUND_S, until];
  }
  const kept = end - (history.ended_at_s[0] ?? end);
  return [end - (windowS ?? Math.min(DAY_S, Math.max(kept, LEAST_WINDOW_S))), end];
}

/** A window that ends now has the newest run in it, whatever the clocks say. */
function limitsOf([start, end]: [number, number], momentS: number | null): [number, number] {
  return [start, momentS === null ? Infinity : end];
}

/** The smallest window that holds all of a range. */
function fittingWindow([start, end]: [number, number]): string {
  return String(WINDOWS.find(([, s]) => s >= end - start)?.[1] ?? DAY_S);
}
