export interface Row {
  readonly code: string;
  readonly city: string;
  readonly distanceMs: number;
  readonly selectMs: number;
  readonly insertMs: number;
  readonly connectMs: number;
}

/** The regions as a table for the terminal, in the order given. */
export function renderTable(rows: readonly Row[]): string {
  const cells = (values: readonly (string | number)[]) =>
    values
      .map((value, i) => {
        if (typeof value === 'number' && i > 0) return value.toFixed(2).padStart(10);
        return String(value).padEnd(i === 2 ? 12 : 6);
      })
      .join(' ');
  const header =
    'rank   region city           distance     select     insert    connect   (ms, p50)';
  const lines = rows.map(({ code, city, distanceMs, selectMs, insertMs, connectMs }, i) =>
    cells([i + 1, code, city, distanceMs, selectMs, insertMs, connectMs]),
  );
  return `\nThrough real WireGuard, each region at its distance:\n${[header, ...lines].join('\n')}\n`;
}
