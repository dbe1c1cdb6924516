const DAY_SECONDS = 86_400;
const UNITS = [
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** Whole seconds as Prometheus writes them: `90s`, `3m`, `47h30m`, `2d`. */
export function duration(seconds: number): string {
  let rest = Math.max(1, Math.ceil(seconds));
  if (rest % DAY_SECONDS === 0) return `${rest / DAY_SECONDS}d`;
  if (rest < 120) return rest === 60 ? '1m' : `${rest}s`;
  return UNITS.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? '' : `${count}${unit}`;
  }).join('');
}
