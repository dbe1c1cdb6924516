import { readFileSync } from 'node:fs';

/** What callers may take at once; the rest is for the measurement. */
export interface HttpLimits {
  /** Open connections of one port. */
  readonly connections: number;
  /** Requests in progress, all paths together, and those of one path. */
  readonly requests: number;
  readonly requestsOfPath: number;
  /** Requests a second; as many may come at once. */
  readonly requestsPerSecond: number;
  /** The same for each of /metrics and /healthz, which nothing else takes from. */
  readonly reserved: { readonly requests: number; readonly requestsPerSecond: number };
}

/** No more connections than this, however many descriptors there are. */
const MAX_CONNECTIONS = 512;
/** Of the process's descriptors. */
const CONNECTIONS_SHARE = 1 / 4;
/** Where the system does not say. */
const ASSUMED_DESCRIPTORS = 1_024;

export const RESERVED_PATHS: readonly string[] = ['/metrics', '/healthz'];

/**
 * @param descriptors how many the process may open: a quarter is for callers. 16 targets take up to 96,
 * and the peers one or two each.
 */
export function httpLimits(descriptors = openFilesLimit()): HttpLimits {
  const share = Math.floor(descriptors * CONNECTIONS_SHARE);
  return {
    connections: Math.max(16, Math.min(MAX_CONNECTIONS, share)),
    requests: 128,
    requestsOfPath: 32,
    requestsPerSecond: 750,
    reserved: { requests: 16, requestsPerSecond: 600 },
  };
}

/** Milliseconds, and bytes. */
export const TIME_LIMITS = {
  /** From the connection's start, or a request's first byte, to the end of its head. */
  headers: 10_000,
  /** To the end of its body. */
  request: 15_000,
  /** How often the two are looked at. */
  check: 1_000,
  /** From the end of an answer until the caller has read it. */
  drain: 20_000,
} as const;
/** No path takes a body; some programs send a small one with every POST. */
export const MAX_BODY_BYTES = 16_384;

/** What this process may open, of files and sockets together. Node.js has raised it to the hard limit. */
function openFilesLimit(): number {
  try {
    const [, soft] =
      /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return Number(soft ?? ASSUMED_DESCRIPTORS);
  } catch {
    return ASSUMED_DESCRIPTORS;
  }
}
