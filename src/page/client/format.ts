export const ABSENT = '–';

/** Milliseconds for a column: one decimal, two below ten; what was not measured is a dash. */
export function milliseconds(ms: number | null): string {
  if (ms === null) return ABSENT;
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(1);
}

/** How long ago or how long until, in the largest unit that says it. */
export function duration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1_000));
  if (s < 100) return `${s} s`;
  if (s < 100 * 60) return `${Math.round(s / 60)} min`;
  if (s < 48 * 3_600) return `${Math.round(s / 3_600)} h`;
  return `${Math.round(s / 86_400)} d`;
}

/** A schedule's interval. */
export function interval(seconds: number): string {
  if (seconds <= 0) return 'at irregular times';
  if (seconds === 60) return 'every minute';
  if (seconds % 3_600 === 0) return seconds === 3_600 ? 'every hour' : `every ${seconds / 3_600} h`;
  return seconds % 60 === 0 ? `every ${seconds / 60} min` : `every ${seconds} s`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
