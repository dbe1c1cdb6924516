import { setAttribute, svg } from './dom.js';

const WIDTH = 120;
const HEIGHT = 24;
const INSET = 3;
const RADIUS = '2.2';
/** Of the median: less than this is noise, and is drawn as flat as it is. */
const LEAST_RANGE = 0.2;

export interface Sparkline {
  readonly element: SVGElement;
  /** Oldest first; null: nothing was measured, drawn as a mark at the bottom. */
  update(values: readonly (number | null)[]): void;
}

/** The latest runs as a line. Decoration: the same is said in words beside it. */
export function createSparkline(): Sparkline {
  const line = svg('path', { class: 'spark-line' });
  const gaps = svg('path', { class: 'spark-gap' });
  const last = svg('circle', { class: 'spark-last' });
  const element = svg('svg', {
    class: 'spark',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'xMinYMid meet',
    'aria-hidden': 'true',
  });
  element.append(line, gaps, last);
  return {
    element,
    update(values) {
      const { path, marks, end } = layOut(values);
      setAttribute(line, 'd', path);
      setAttribute(gaps, 'd', marks);
      setAttribute(last, 'r', end === null ? '0' : RADIUS);
      setAttribute(last, 'cx', end?.[0] ?? '0');
      setAttribute(last, 'cy', end?.[1] ?? '0');
    },
  };
}

function layOut(values: readonly (number | null)[]) {
  const measured = values.filter((value) => value !== null).sort((a, b) => a - b);
  const median = measured[Math.floor(measured.length / 2)] ?? 1;
  const low = Math.min(measured[0] ?? 0, median * (1 - LEAST_RANGE / 2));
  const high = Math.max(measured.at(-1) ?? 1, median * (1 + LEAST_RANGE / 2));
  const step = (WIDTH - 2 * INSET) / Math.max(1, values.length - 1);
  let path = '';
  let marks = '';
  let isOpen = false;
  let end: [string, string] | null = null;
  values.forEach((value, i) => {
    const x = (values.length === 1 ? WIDTH - INSET : INSET + i * step).toFixed(1);
    if (value === null) {
      marks += `M${x} ${HEIGHT - 1}v-5`;
    } else {
      const y = (INSET + ((high - value) / (high - low)) * (HEIGHT - 2 * INSET)).toFixed(1);
      path += `${isOpen ? 'L' : 'M'}${x} ${y}`;
      if (i === values.length - 1) end = [x, y];
    }
    isOpen = value !== null;
  });
  return { path, marks, end: end as [string, string] | null };
}
