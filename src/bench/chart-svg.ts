import type { FleetRow } from '../fleet/row.js';
import { nameOfRow } from '../fleet/table.js';
import { displayWidth, truncate } from '../fleet/text-width.js';

const WIDTH = 900;
const LEFT = 270;
const RIGHT = 90;
const ROW = 46;
const TOP = 64;
/** What there is room for, left of the bars and in their place. */
const NAME_COLUMNS = 26;
const CITY_COLUMNS = 12;
const ERROR_COLUMNS = 74;

/** Legible on a light and on a dark ground, wherever the file is shown. */
const STYLE = `
  text { font: 14px system-ui, sans-serif; fill: #14181f; }
  .ground { fill: #fff; } .muted { fill: #586273; } .read { fill: #2f6fd0; } .insert { fill: #c77a16; }
  .title { font-size: 18px; font-weight: 600; } .figure { font-variant-numeric: tabular-nums; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e7eaf0; } .ground { fill: #161a21; } .muted { fill: #98a3b5; }
    .read { fill: #6ea3f2; } .insert { fill: #e8a34d; }
  }`;

/** The rows as a chart: the median read and insert of each region, a thin line to the 95th percentile. */
export function renderSvg(rows: readonly FleetRow[]): string {
  const greatest = Math.max(
    1e-9,
    ...rows.flatMap((row) =>
      [row.read_p95_ms, row.insert_p95_ms, row.read_p50_ms].map((ms) => ms ?? 0),
    ),
  );
  const scale = (WIDTH - LEFT - RIGHT) / greatest;
  const height = TOP + rows.length * ROW + 16;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="PostgreSQL latency by region">`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}" rx="8"/>`,
    `<text class="title" x="20" y="32">PostgreSQL latency by region, ms</text>`,
    `<text class="muted" x="${WIDTH - 330}" y="32">lines to p95</text>`,
    `<rect class="read" x="${WIDTH - 220}" y="21" width="12" height="12"/><text x="${WIDTH - 202}" y="32">read p50</text>`,
    `<rect class="insert" x="${WIDTH - 120}" y="21" width="12" height="12"/><text x="${WIDTH - 102}" y="32">insert p50</text>`,
    ...rows.map((row, i) => renderRow(row, TOP + i * ROW, scale)),
    '</svg>',
    '',
  ].join('\n');
}

function renderRow(row: FleetRow, y: number, scale: number): string {
  const name = `<text x="20" y="${y + 21}">${nameOf(row)}</text>`;
  if (row.error !== null) {
    return `${name}<text class="muted" x="${LEFT}" y="${y + 21}">– ${escapeXml(truncate(row.error, ERROR_COLUMNS))}</text>`;
  }
  return [
    name,
    bar('read', { p50: row.read_p50_ms, p95: row.read_p95_ms }, y, scale),
    bar('insert', { p50: row.insert_p50_ms, p95: row.insert_p95_ms }, y + 18, scale),
  ].join('');
}

/** The city and its code, which is what tells backends apart; a region outside the catalogue has its code alone. */
function nameOf(row: FleetRow): string {
  const { flag, city, region } = row;
  const code = (columns: number) =>
    `<tspan class="muted">${escapeXml(truncate(nameOfRow(row), columns))}</tspan>`;
  if (city === region) return code(NAME_COLUMNS);
  const room = Math.max(CITY_COLUMNS, NAME_COLUMNS - displayWidth(nameOfRow(row)) - 1);
  const shownCity = truncate(city, room);
  const left = NAME_COLUMNS - displayWidth(shownCity) - 1;
  return `${escapeXml(`${flag} ${shownCity}`)} ${code(left)}`;
}

function bar(
  name: 'read' | 'insert',
  { p50, p95 }: { p50: number | null; p95: number | null },
  y: number,
  scale: number,
): string {
  if (p50 === null) return `<text class="muted" x="${LEFT}" y="${y + 13}">–</text>`;
  const end = Math.max(p50, p95 ?? p50) * scale;
  const width = (ms: number) => (ms * scale).toFixed(1);
  return (
    `<rect class="${name}" x="${LEFT}" y="${y + 2}" width="${width(p50)}" height="12" rx="2"/>` +
    `<rect class="${name}" x="${LEFT}" y="${y + 7}" width="${end.toFixed(1)}" height="2"/>` +
    `<text class="figure" x="${(LEFT + end + 8).toFixed(1)}" y="${y + 13}">${p50.toFixed(1)}</text>`
  );
}

/** Control characters, and what XML cannot have: https://www.w3.org/TR/xml/#charsets */
const NOT_XML = /[\p{Cc}\p{Cs}\ufffe\uffff]+/gu;

function escapeXml(text: string): string {
  return text
    .replace(NOT_XML, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
