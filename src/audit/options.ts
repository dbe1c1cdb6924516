import { parseAddress, type Address } from '../lab/options.js';
import type { RoundTrips } from '../lab/distances.js';

export const FORMATS = ['table', 'markdown', 'json', 'html'] as const;
export type Format = (typeof FORMATS)[number];

export interface AuditOptions {
  /** The database; undefined: the one of the environment. */
  readonly upstream?: string;
  readonly listen: Address | null;
  /** Offers TLS to the application. */
  readonly tls: boolean;
  readonly pauseMs: number;
  readonly rtt?: RoundTrips;
  readonly fleet?: string;
  readonly file?: string;
  readonly asIf?: string;
  readonly format: Format;
  readonly reports: readonly ReportFile[];
  readonly maxTrips: readonly MaxTrips[];
  readonly budgets: readonly Budget[];
  /** Empty: the application is started by hand. */
  readonly command: readonly string[];
}

export interface ReportFile {
  readonly path: string;
  readonly format: Format;
}

/** `checkout=5`; name null: every unit. */
export interface MaxTrips {
  readonly name: string | null;
  readonly trips: number;
}

/** `syd=500ms`, for every unit. */
export interface Budget {
  readonly region: string;
  readonly ms: number;
}

const LOCALHOST = '127.0.0.1';
const MAX_PAUSE_MS = 60_000;
const ENDINGS: Readonly<Record<string, Format>> = {
  txt: 'table',
  md: 'markdown',
  json: 'json',
  html: 'html',
};

/** `6543`, or `0.0.0.0:6543`. @throws Error naming the value and what is allowed. */
export function parseListen(text: string): Address {
  if (!/^\d+$/.test(text)) return parseAddress(text);
  if (Number(text) <= 65_535) return { host: LOCALHOST, port: Number(text) };
  throw new Error(`"${text}" is not a port; ports are 0 to 65535`);
}

/** `20ms`, `1s` or `20`. @throws Error naming the value and what is allowed. */
export function parseDuration(text: string): number {
  const [, digits, unit] = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s)?$/.exec(text) ?? [];
  const ms = Number(digits) * (unit === 's' ? 1_000 : 1);
  if (digits !== undefined && ms > 0) return ms;
  throw new Error(`"${text}" is not a duration above 0, such as 500ms or 2s`);
}

/** @throws Error naming the value and what is allowed. */
export function parsePause(text: string): number {
  const ms = parseDuration(text);
  if (ms <= MAX_PAUSE_MS) return ms;
  throw new Error(`"${text}" is not allowed; expected at most ${MAX_PAUSE_MS / 1_000}s`);
}

/** The format follows from the name. @throws Error naming the value and what is allowed. */
export function parseReportFile(text: string, before: readonly ReportFile[] = []): ReportFile[] {
  const format = ENDINGS[/\.([a-z]+)$/.exec(text)?.[1] ?? ''];
  if (format !== undefined) return [...before, { path: text, format }];
  const endings = Object.keys(ENDINGS).map((it) => `.${it}`);
  throw new Error(`"${text}" must end in one of ${endings.join(', ')}`);
}

/** @throws Error naming the value and what is allowed. */
export function parseMaxTrips(text: string, before: readonly MaxTrips[] = []): MaxTrips[] {
  const [, name, digits] = /^(?:(.+)=)?(\d{1,6})$/.exec(text) ?? [];
  if (digits === undefined) {
    throw new Error(`"${text}" is not unit=trips, such as checkout=5, or a number for every unit`);
  }
  return [...before, { name: name?.trim() ?? null, trips: Number(digits) }];
}

/** @throws Error naming the value and what is allowed. */
export function parseBudget(text: string, before: readonly Budget[] = []): Budget[] {
  const [, region, amount] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
  if (region === undefined || amount === undefined) {
    throw new Error(`"${text}" is not region=duration, such as syd=500ms`);
  }
  return [...before, { region: region.trim(), ms: parseDuration(amount.trim()) }];
}
