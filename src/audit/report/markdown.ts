import type { Report } from './report.js';
import { advice, cityOf, duration, headline, plural } from './words.js';

/** The report for a pull request. Pure. */
export function renderMarkdown(report: Report): string {
  const { distances, units, connections } = report;
  const header = [
    'unit',
    'count',
    'trips p50',
    'max',
    'begin, commit',
    'prepare',
    'other',
    'server',
  ];
  const regions = distances.map(({ region, rtt_ms: ms }) => `${cityOf(region)} (${duration(ms)})`);
  const rows = units.map((unit) => {
    const { trips_by_kind: by, trips_p50: p50, trips_max: max, server_ms: serverMs } = unit;
    if (by === null || p50 === null || max === null || serverMs === null) {
      return [cell(unit.name), String(unit.count)];
    }
    const other = by.settings + by.ping + by.close;
    const counts = [unit.count, p50, max, by.transaction, by.prepare, other].map(String);
    const projected = distances.map(({ region }) => duration(unit.projected_ms?.[region] ?? 0));
    return [cell(unit.name), ...counts, duration(serverMs), ...projected];
  });
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const all = [...header, ...regions];
  const saved = units.flatMap((unit) =>
    advice(unit, distances).map((text) => `- ${cell(unit.name)}: ${text}`),
  );
  const { tcp_trips: tcp, encryption_trips: tls, login_trips: login } = connections;
  const each =
    tcp === null || tls === null || login === null
      ? ''
      : `, each ${plural(tcp + tls + login, 'trip')}`;
  return [
    '## Round trips',
    '',
    ...units
      .flatMap((unit) => headline(unit, distances) ?? [])
      .slice(0, 3)
      .map((text) => `- ${cell(text)}`),
    '',
    ...(units.length === 0
      ? ['No unit was seen.']
      : [line(all), line(all.map((_, i) => (i === 0 ? '---' : '---:')))]),
    ...rows.map((cells) => line(all.map((_, i) => cells[i] ?? ''))),
    '',
    ...(saved.length === 0 ? [] : ['### What could be saved, in one unit', '', ...saved, '']),
    `${plural(connections.opened, 'connection')} opened${each}. ${plural(report.trips, 'round trip')} in all. Distances: ${report.distances_from}.`,
    ...report.remarks,
    '',
  ].join('\n');
}

/** A tag is the application's own text. */
function cell(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#]/g, '\\$&');
}
