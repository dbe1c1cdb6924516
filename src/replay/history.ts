import { messageOf } from '../base/errors.js';
import { serverAddressOf } from '../base/server-address.js';
import type { OpenMetricsFile } from './open-metrics.js';
import type { Rule } from '../rules/parsed-rules.js';

/** What a Prometheus has of a fleet. */
export interface History {
  /** Unix seconds of the first sample and of the last. */
  readonly first: number;
  readonly last: number;
  readonly samples: number;
}

export interface Wanted {
  readonly fleet: string;
  readonly names: readonly string[];
  /** Unix seconds, whole. */
  readonly from: number;
  readonly to: number;
}

interface Sampled {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [time: number, value: string])[];
}

interface Answer {
  readonly status?: string;
  readonly error?: string;
  readonly data?: { readonly resultType: string; readonly result: readonly Sampled[] };
}

const PART_SECONDS = 6 * 3_600;
/** A part that the server does not answer is asked for in halves, down to this. */
const SMALLEST_PART_SECONDS = 300;
const TIMEOUT_MS = 120_000;

const EXPORTED =
  /(?<![\w:$])(pglatency_[a-z0-9_]+|process_start_time_seconds|nodejs_eventloop_lag_p99_seconds)(?![\w:])/g;

/** The series that backends export and these rules read. */
export function exportedNames(rules: readonly Rule[]): string[] {
  const found = rules.flatMap(({ expr }) => [...expr.matchAll(EXPORTED)].map(([name]) => name));
  return [...new Set(found)].sort();
}

/**
 * Copies the samples that a Prometheus stores, with their own times, into a file; in parts of some hours.
 *
 * @param address http or https; a user and a password in it are sent as such
 * @returns null: it has none of them
 * @throws where it does not answer
 */
export async function copyHistory(
  address: URL,
  { fleet, names, from, to }: Wanted,
  file: OpenMetricsFile,
  progress: (message: string) => void,
  ended: AbortSignal,
): Promise<History | null> {
  const ask = createAsk(address, ended);
  let [first, last, samples] = [Infinity, -Infinity, 0];
  for (const [index, name] of names.entries()) {
    progress(`history, ${index + 1} of ${names.length}: ${name}`);
    for (let end = Math.min(to, from + PART_SECONDS); ; end = Math.min(to, end + PART_SECONDS)) {
      const begin = Math.max(from, end - PART_SECONDS);
      for (const one of await part(ask, `${name}{fleet="${fleet}"}`, begin, end)) {
        await file.write(toOpenMetrics(one));
        first = Math.min(first, one.values[0]?.[0] ?? Infinity);
        last = Math.max(last, one.values.at(-1)?.[0] ?? -Infinity);
        samples += one.values.length;
      }
      if (end >= to) break;
    }
  }
  return samples === 0 ? null : { first, last, samples };
}

type Ask = (query: string, time: number) => Promise<readonly Sampled[]>;

/** The stored samples after `begin`, up to `end`. */
async function part(
  ask: Ask,
  selector: string,
  begin: number,
  end: number,
): Promise<readonly Sampled[]> {
  const seconds = end - begin;
  if (seconds <= 0) return [];
  try {
    const series = await ask(`${selector}[${seconds}s]`, end);
    // Prometheus 2 takes the sample at the beginning too, which the part before has.
    return series
      .map(({ metric, values }) => ({ metric, values: values.filter(([time]) => time > begin) }))
      .filter(({ values }) => values.length > 0);
  } catch (error) {
    if (!(error instanceof TooMuchError) || seconds <= SMALLEST_PART_SECONDS) throw error;
    const middle = begin + Math.floor(seconds / 2);
    return [
      ...(await part(ask, selector, begin, middle)),
      ...(await part(ask, selector, middle, end)),
    ];
  }
}

/** The server has an answer, but not for so much at once. */
class TooMuchError extends Error {
  override readonly name = 'TooMuchError';
}

function createAsk(address: URL, ended: AbortSignal): Ask {
  const { base, headers } = serverAddressOf(address);
  return async (query, time) => {
    const response = await fetch(`${base}/api/v1/query`, {
      method: 'POST',
      headers,
      redirect: 'error',
      signal: AbortSignal.any([ended, AbortSignal.timeout(TIMEOUT_MS)]),
      body: new URLSearchParams({ query, time: String(time) }),
    }).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw new Error(`no Prometheus answers at ${base}: ${messageOf(cause)}`, { cause: error });
    });
    const text = await response.text();
    const answer = parse(text);
    if (answer?.status === 'success' && answer.data?.resultType === 'matrix') {
      return answer.data.result;
    }
    const why = `${base}/api/v1/query answered ${response.status}: ${(answer?.error ?? text).slice(0, 200).trim()}`;
    throw [413, 422, 503].includes(response.status) ? new TooMuchError(why) : new Error(why);
  };
}

function parse(text: string): Answer | null {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return null;
  }
}

function toOpenMetrics({ metric, values }: Sampled): string {
  const { __name__: name, ...labels } = metric;
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  const key = `${name ?? ''}{${pairs.join(',')}}`;
  return values.map(([time, value]) => `${key} ${value} ${time}\n`).join('');
}

const escaped = (value: string) =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
