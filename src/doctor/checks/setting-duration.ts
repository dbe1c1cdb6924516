const UNITS_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * The milliseconds of a setting's value as somebody wrote it: `500ms`, `10min`, or a bare number of milliseconds;
 * 0: it is off; null: it is not a duration. https://www.postgresql.org/docs/current/config-setting.html
 */
export function settingDurationMs(text: string): number | null {
  const [, amount, unit = 'ms'] =
    /^'?\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*'?$/.exec(text) ?? [];
  if (amount === undefined) return null;
  return Number(amount) * (UNITS_MS[unit] ?? NaN);
}
