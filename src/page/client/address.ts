import { keyOf, type FleetAnswer, type FleetLine } from './api.js';

/** What the part after `#` means: a row, and a moment in its history. */
export interface Place {
  /** As keyOf says, or a region's name. */
  readonly key: string;
  /** Seconds since the epoch; null: now. */
  readonly atS: number | null;
}

const MOMENT = /^(.*)@(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?Z)$/s;

/** `#lhr%20primary@2026-11-29T02:19:00Z` → its place; null: it names none, or cannot be read. */
export function parseAddress(hash: string): Place | null {
  let text: string;
  try {
    text = decodeURIComponent(hash.replace(/^#/, ''));
  } catch {
    return null;
  }
  const [, key = text, moment] = MOMENT.exec(text) ?? [];
  const atMs = moment === undefined ? NaN : Date.parse(moment);
  if (key === '') return null;
  return { key, atS: Number.isNaN(atMs) ? null : atMs / 1_000 };
}

/** The same, as an address: to the second. */
export function formatAddress({ key, atS }: Place): string {
  const moment = atS === null ? '' : `@${new Date(atS * 1_000).toISOString().slice(0, 19)}Z`;
  return `#${encodeURIComponent(key)}${moment}`;
}

/** The row that a place means; a region's name means its first. */
export function findLine({ rows }: FleetAnswer, { key }: Place): FleetLine | undefined {
  return rows.find((row) => keyOf(row) === key) ?? rows.find(({ region }) => region === key);
}
