import { durationMs } from '../ping/options.js';

export interface DoctorOptions {
  /** The deadline of each step, in milliseconds. */
  readonly timeoutMs: number;
  /** How long connections stay idle to see whether they live, in milliseconds; null: not looked at. */
  readonly idleMs: number | null;
  readonly json: boolean;
}

export const DEFAULT_TIMEOUT_MS = 5_000;
const TIMEOUT_MS = { min: 100, max: 60_000 };
const IDLE_MS = { min: 1_000, max: 86_400_000 };

/** @throws Error naming the value and what is allowed. */
export function parseDoctorTimeout(text: string): number {
  const ms = durationMs(text);
  if (ms >= TIMEOUT_MS.min && ms <= TIMEOUT_MS.max) return ms;
  throw new Error(`"${text}" is not allowed; expected a duration from 100ms to 60s, such as 2s`);
}

/** @throws Error naming the value and what is allowed. */
export function parseIdle(text: string): number {
  const ms = durationMs(text);
  if (ms >= IDLE_MS.min && ms <= IDLE_MS.max) return ms;
  throw new Error(`"${text}" is not allowed; expected a duration from 1s to 24h, such as 10m`);
}
