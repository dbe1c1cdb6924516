import { MAX_RTT_MS, parseRegion } from './region-options.js';

/** How much longer a region's path becomes. */
export interface Slowdown {
  readonly amount: number;
  readonly unit: '%' | 'ms';
}

/** A slowdown that comes by itself. */
export interface Regression extends Slowdown {
  readonly region: string;
  /** From the moment that every region listens. */
  readonly afterMs: number;
}

const SHAPE = /^([^=]*)=\+([^@%]*?)(%|ms)(?:@(.*))?$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const MAX_PERCENT = 1_000;
/** A timer cannot wait for longer than 24 days. */
const MAX_HOURS = 24;

/**
 * `nrt=+30%@5m` or `nrt=+80ms` → what to do to which region, and when.
 *
 * @throws Error naming the field, the value and what is allowed.
 */
export function parseRegression(text: string): Regression {
  const [, name, amount = '', unit, delay] = SHAPE.exec(text.trim()) ?? [];
  if (name === undefined || (unit !== '%' && unit !== 'ms')) {
    throw new Error(
      `"${text}" is not region=+amount@delay, such as nrt=+30%@5m or nrt=+80ms; the amount is in % or ms`,
    );
  }
  const region = parseRegion(name);
  return {
    region,
    amount: parseAmount(amount, unit, region),
    unit,
    afterMs: parseDelay(delay, region),
  };
}

/** A round-trip time under a slowdown; never more than a relay may add. */
export function slowed(rttMs: number, { amount, unit }: Slowdown): number {
  const longer = unit === '%' ? rttMs * (1 + amount / 100) : rttMs + amount;
  return Math.min(longer, MAX_RTT_MS);
}

export function describeSlowdown({ amount, unit }: Slowdown): string {
  return `+${amount} ${unit}`;
}

function parseAmount(text: string, unit: Slowdown['unit'], region: string): number {
  const value = Number(text);
  const most = unit === '%' ? MAX_PERCENT : MAX_RTT_MS;
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= most) return value;
  throw new Error(
    `the amount "${text}" ${unit} for ${region} is not allowed; expected more than 0, up to ${MAX_PERCENT} % or ${MAX_RTT_MS} ms`,
  );
}

function parseDelay(text: string | undefined, region: string): number {
  if (text === undefined) return 0;
  const [, count = '', unit = ''] = /^(\d+)([smh])$/.exec(text) ?? [];
  const delayMs = Number(count) * (UNIT_MS[unit] ?? NaN);
  if (delayMs <= MAX_HOURS * 3_600_000) return delayMs;
  throw new Error(
    `the delay "${text}" for ${region} is not allowed; expected a delay such as 90s, 5m or 1h, up to ${MAX_HOURS}h`,
  );
}
