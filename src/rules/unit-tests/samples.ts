/** A series of a unit test: its value at each scrape; null where there is none. */
export type Samples = readonly (number | null)[];

/**
 * Samples as promtool writes them: `0x3` (four times 0), `0+2.5x9` (ten in equal steps), `_x2` (none, twice). The first
 * that is missing is `stale`, as Prometheus marks what a scrape no longer has.
 */
export function notation(samples: Samples): string {
  const parts: string[] = [];
  for (let at = 0; at < samples.length;) {
    const length = alike(samples, at);
    parts.push(written(samples, at, length));
    at += length;
  }
  return parts.join(' ');
}

/** How many samples from here on are absent, or go on in equal steps. */
function alike(samples: Samples, at: number): number {
  const first = samples[at] ?? null;
  const step = stepAt(samples, at);
  let end = at + 1;
  if (first === null) while (end < samples.length && samples[end] === null) end++;
  else if (step !== null) while (stepAt(samples, end - 1) === step) end++;
  // Two in a step are written shorter as two.
  return end - at === 2 && step !== 0 && first !== null ? 1 : end - at;
}

function stepAt(samples: Samples, at: number): number | null {
  const [one, next] = [samples[at] ?? null, samples[at + 1] ?? null];
  return one === null || next === null ? null : Number((next - one).toPrecision(9));
}

function written(samples: Samples, at: number, length: number): string {
  const first = samples[at] ?? null;
  if (first === null) {
    const none = (count: number) => (count === 1 ? '_' : `_x${count}`);
    if (at === 0) return none(length);
    return length === 1 ? 'stale' : `stale ${none(length - 1)}`;
  }
  if (length === 1) return String(first);
  const step = stepAt(samples, at) ?? 0;
  return step === 0
    ? `${first}x${length - 1}`
    : `${first}${step < 0 ? '' : '+'}${step}x${length - 1}`;
}
