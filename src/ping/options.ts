import { OPERATION_TIMEOUT_MS } from '../config/fields.js';

export interface PingOptions {
  /** Samples of each database; 0: until Ctrl-C. */
  readonly count: number;
  /** From the start of one sample to the start of the next, in milliseconds. */
  readonly intervalMs: number;
  /** The deadline of the connection and of each sample, in milliseconds; null: the target's own. */
  readonly timeoutMs: number | null;
  /** A row into a temporary table, in place of SELECT 1. */
  readonly insert: boolean;
  readonly json: boolean;
  /** No line for each sample. */
  readonly quiet: boolean;
}

export const DEFAULT_COUNT = 10;
export const DEFAULT_INTERVAL_MS = 1_000;
const MAX_COUNT = 1_000_000;
const INTERVAL_MS = { min: 100, max: 3_600_000 };
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** @throws Error naming the value and what is allowed. */
export function parseCount(text: string): number {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (count <= MAX_COUNT) return count;
  throw new Error(
    `"${text}" is not allowed; expected a whole number to ${MAX_COUNT}, and 0 until Ctrl-C`,
  );
}

/** @throws Error naming the value and what is allowed. */
export function parseInterval(text: string): number {
  const ms = durationMs(text);
  if (ms >= INTERVAL_MS.min && ms <= INTERVAL_MS.max) return ms;
  throw new Error(
    `"${text}" is not allowed; expected a duration from 100ms to 1h, such as 500ms or 5s`,
  );
}

/** @throws Error naming the value and what is allowed. */
export function parsePingTimeout(text: string): number {
  const ms = durationMs(text);
  if (ms >= OPERATION_TIMEOUT_MS.min && ms <= OPERATION_TIMEOUT_MS.max) return ms;
  throw new Error(`"${text}" is not allowed; expected a duration from 100ms to 60s, such as 2s`);
}

/** `500ms`, `0.5s`, `2m` → milliseconds, a whole number; NaN: it is no duration. */
export function durationMs(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text) ?? [];
  return amount === undefined ? NaN : Math.round(Number(amount) * (UNITS_MS[unit] ?? NaN));
}
