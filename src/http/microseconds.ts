/** A replacer for JSON.stringify: what is finer than a microsecond, or a thousandth, is the arithmetic's own noise. */
export function toMicroseconds(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value;
}
