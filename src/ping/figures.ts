/** Three digits that say something: 0.41 ms, 8.62 ms, 86.3 ms, 1,108.2 ms is 1108.2 ms. */
export function milliseconds(ms: number): string {
  return `${figure(ms)} ms`;
}

/** Without its unit, for a column; `–` where there is none. */
export function figure(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(1);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** 170004 → `17.4`, 90624 → `9.6.24`. */
export function versionText(version: number): string {
  const major = Math.floor(version / 10_000);
  const rest = version % 10_000;
  return major < 10 ? `${major}.${Math.floor(rest / 100)}.${rest % 100}` : `${major}.${rest}`;
}
