import type { SoakSample } from './soak.js';

/** By how much; an answer's status that never came before is some series more. */
const MAX_GROWTH = { descriptors: 8, heapMb: 3, series: 4 } as const;
/** A run or a line more or less is chance: lines in relation to runs. */
const MAX_RATIO = 1.25;

/** What is not flat, a line each; empty: all is. */
export function whatGrows(samples: readonly SoakSample[]): string[] {
  // The first third fills what is kept on purpose: the history, and the connections.
  const later = samples.slice(Math.ceil(samples.length / 3));
  const half = Math.floor(later.length / 2);
  const [early, late] = [later.slice(0, half), later.slice(-half)];
  const faults: string[] = [];
  for (const key of ['descriptors', 'heapMb', 'series'] as const) {
    const [from, to] = [lowest(early, key), lowest(late, key)];
    if (to - from > MAX_GROWTH[key])
      faults.push(`${key}: from ${from.toFixed(1)} to ${to.toFixed(1)}`);
  }
  const [from, to] = [linesPerRun(early), linesPerRun(late)];
  if (to > from * MAX_RATIO)
    faults.push(`lines of the log for each run: from ${from.toFixed(2)} to ${to.toFixed(2)}`);
  if (samples.some(({ runs }) => runs === 0)) faults.push('no run ended in a part of the time');
  return faults;
}

function lowest(samples: readonly SoakSample[], key: 'descriptors' | 'heapMb' | 'series') {
  return Math.min(...samples.map((it) => it[key]));
}

function linesPerRun(samples: readonly SoakSample[]): number {
  const sum = (key: 'logLines' | 'runs') => samples.reduce((all, it) => all + it[key], 0);
  return sum('logLines') / sum('runs');
}
