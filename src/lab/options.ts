import { knownRoundTrip, type RoundTrips } from './distances.js';
import { MAX_RTT_MS, parseRegion } from './region-options.js';
import type { Regression } from './regression.js';

export interface LabOptions {
  /** In the order in which they are named. */
  readonly regions: readonly string[];
  /** Where replicas stand, each a target of every region. */
  readonly replicas: readonly string[];
  /** Another backend beside the database. */
  readonly hub: boolean;
  /** Round-trip times that differ from the lab's own, in milliseconds. */
  readonly rttMs: RoundTrips;
  /** The backends' SCHEDULE; null: the lab's own, every region at its own second. */
  readonly schedule: string | null;
  /** Rounds in a run. */
  readonly iterations: number;
  /** One run each, and the end. */
  readonly once: boolean;
  readonly json: boolean;
  readonly prometheus: boolean;
  /** Prometheus's rules; null: the project's own. */
  readonly rules: string | null;
  /** One for a region, at most. */
  readonly regress: readonly Regression[];
}

/** Regions, and the round trips that are given with them. */
export interface ChosenRegions {
  readonly codes: readonly string[];
  readonly rttMs: RoundTrips;
}

/**
 * `lhr,eu-west-1=25` → the regions, each once, in their order.
 *
 * @throws Error naming the value and what is allowed.
 */
export function parseRegions(text: string): ChosenRegions {
  const entries = text.split(',');
  const codes = [...new Set(entries.map((entry) => parseRegion(entry.split('=')[0] ?? '')))];
  const given = entries.filter((entry) => entry.includes('='));
  return { codes, rttMs: given.length === 0 ? {} : parseRtt(given.join(',')) };
}

/** The first region whose distance nobody knows; undefined: there is none. */
export function regionWithoutDistance(
  codes: readonly string[],
  rttMs: RoundTrips,
): string | undefined {
  return codes.find((code) => knownRoundTrip(code, { rttMs }) === null);
}

/**
 * `lhr=20,nrt=300` → milliseconds by region.
 *
 * @throws Error naming the value and what is allowed.
 */
export function parseRtt(text: string): RoundTrips {
  const rttMs: Record<string, number> = {};
  for (const entry of text.split(',')) {
    const [name = '', value, ...rest] = entry.split('=');
    const malformed = value === undefined || rest.length > 0;
    if (malformed) throw new Error(`"${entry}" is not region=milliseconds, such as lhr=20`);
    const region = parseRegion(name);
    if (Object.hasOwn(rttMs, region)) throw new Error(`${region} is given twice`);
    rttMs[region] = parseMilliseconds(value.trim(), region);
  }
  return rttMs;
}

function parseMilliseconds(text: string, region: string): number {
  const value = toMilliseconds(text);
  if (value !== null) return value;
  throw new Error(
    `"${text}" for ${region} is not allowed; expected milliseconds from 0 to ${MAX_RTT_MS}`,
  );
}

/**
 * `86` → a round-trip time in milliseconds.
 *
 * @throws Error naming the value and what is allowed.
 */
export function parseRoundTrip(text: string): number {
  const value = toMilliseconds(text);
  if (value !== null) return value;
  throw new Error(`"${text}" is not allowed; expected milliseconds from 0 to ${MAX_RTT_MS}`);
}

function toMilliseconds(text: string): number | null {
  const value = Number(text);
  return /^\d+(\.\d+)?$/.test(text) && value <= MAX_RTT_MS ? value : null;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * `database:5432` or `[::1]:5432` → host and port; 0 is any free port.
 *
 * @throws Error naming the value and what is allowed.
 */
export function parseAddress(text: string): Address {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new Error(`"${text}" is not host:port, such as database:5432; ports are 0 to 65535`);
}

/**
 * A whole number of rounds.
 *
 * @throws Error naming the value and what is allowed.
 */
export function parseIterations(text: string): number {
  if (/^([1-9]\d?|100)$/.test(text)) return Number(text);
  throw new Error(`"${text}" is not allowed; expected a whole number from 1 to 100`);
}
