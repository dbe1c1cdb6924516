import { renderTextTable, type TableOptions } from '../../fleet/text-table.js';
import type { Report, UnitReport } from './report.js';
import { advice, cityOf, duration, fewOf, fromRegions, headline, plural } from './words.js';

const SHOWN_REGIONS = 4;
const SHOWN_UNITS = 20;
const SHOWN_ADVICE = 10;

/** The report for a terminal. Pure. */
export function renderText(report: Report, options: TableOptions): string {
  const distances = fewOf(report.distances, SHOWN_REGIONS);
  const units = report.units.slice(0, SHOWN_UNITS);
  const lines = [
    ...table(report, units, options),
    ...(report.units.length > units.length
      ? [`… and ${report.units.length - units.length} more kinds of units`]
      : []),
    '',
    ...units.flatMap((unit) => headline(unit, distances) ?? []).slice(0, SHOWN_ADVICE),
    ...adviceLines(report, units),
    '',
    connectionLine(report),
    `${plural(report.trips, 'round trip')} in ${report.measured_s.toFixed(0)} s; distances: ${report.distances_from}`,
    ...(report.as_if === null ? [] : [`measured as if from ${cityOf(report.as_if)}`]),
    ...report.remarks,
  ];
  return `${lines.join('\n')}\n`;
}

function table(report: Report, units: readonly UnitReport[], options: TableOptions): string[] {
  if (units.length === 0) return ['no unit was seen'];
  const distances = fewOf(report.distances, SHOWN_REGIONS);
  return renderTextTable(
    {
      aligns: [
        'left',
        'right',
        'right',
        'right',
        'right',
        'right',
        'right',
        'right',
        ...distances.map(() => 'right' as const),
      ],
      titles: [
        ['', '', 'trips', '', 'begin,', '', '', 'server', ...distances.map(({ region }) => region)],
        [
          'unit',
          'count',
          'p50',
          'max',
          'commit',
          'prepare',
          'other',
          'p50',
          ...distances.map(({ rtt_ms: ms }) => duration(ms)),
        ],
      ],
      lines: units.map((unit) => ({ cells: cells(unit), note: noteOf(unit), dim: false })),
    },
    options,
  );

  function cells(unit: UnitReport): string[] {
    const { trips_p50: p50, trips_max: max, trips_by_kind: by, server_ms: serverMs } = unit;
    if (p50 === null || max === null || by === null || serverMs === null) {
      return [unit.name, String(unit.count)];
    }
    return [
      unit.name,
      String(unit.count),
      String(p50),
      String(max),
      String(by.transaction),
      String(by.prepare),
      String(by.settings + by.ping + by.close),
      duration(serverMs),
      ...distances.map(({ region }) => duration(unit.projected_ms?.[region] ?? 0)),
    ];
  }
}

function noteOf({ unfinished }: UnitReport): string {
  return unfinished === 0 ? '' : `${unfinished} unfinished`;
}

function adviceLines(report: Report, units: readonly UnitReport[]): string[] {
  const distances = fewOf(report.distances, 2);
  const lines = units.flatMap((unit) =>
    advice(unit, distances).map((text) => `  ${unit.name}: ${text}`),
  );
  if (lines.length === 0) return [];
  const more = lines.length > SHOWN_ADVICE ? [`  … and ${lines.length - SHOWN_ADVICE} more`] : [];
  return ['', 'What could be saved, in one unit:', ...lines.slice(0, SHOWN_ADVICE), ...more];
}

function connectionLine({ connections, distances }: Report): string {
  const {
    opened,
    tcp_trips: tcp,
    encryption_trips: tls,
    login_trips: login,
    projected_ms: by,
  } = connections;
  if (tcp === null || tls === null || login === null || by === null)
    return 'no connection was opened';
  const parts = `TCP ${tcp}, encryption ${tls}, login ${login}`;
  const where = fromRegions(by, fewOf(distances, SHOWN_REGIONS));
  return `${plural(opened, 'connection')} opened, each ${plural(tcp + tls + login, 'trip')} (${parts})${where === '' ? '' : `: ${where}`}`;
}
